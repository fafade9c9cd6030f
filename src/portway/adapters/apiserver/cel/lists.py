"""Functions of lists and sets (the Kubernetes CEL library's `lists` and `sets`).

`indexOf` and `lastIndexOf` are not among them: the library has them for text already, and takes no
second declaration.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from portway.adapters.apiserver.cel.function import Function, member, plain


def _sorted(items: Sequence[Any]) -> bool:
    return all(a <= b for a, b in pairwise(items))


def _extreme(items: Sequence[Any], choose: Callable[[Sequence[Any]], Any]) -> Any:
    if not items:
        raise ValueError("an empty list has no smallest or largest element")
    return choose(items)


def functions() -> Iterator[Function]:
    """All of them."""
    yield member("isSorted", "list", "bool", _sorted)
    yield member("sum", "list", "any", lambda items: sum(items))
    yield member("min", "list", "any", lambda items: _extreme(items, min))
    yield member("max", "list", "any", lambda items: _extreme(items, max))
    yield plain("sets.contains", "list list", "bool", lambda a, b: all(each in a for each in b))
    yield plain("sets.intersects", "list list", "bool", lambda a, b: any(each in a for each in b))
    yield plain(
        "sets.equivalent",
        "list list",
        "bool",
        lambda a, b: all(each in a for each in b) and all(each in b for each in a),
    )
