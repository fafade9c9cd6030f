"""A regular expression for every text but some.

Knows that Envoy's expressions (RE2) cannot say "not": what is left out is spelled out letter by
letter. Must not know what the texts are.
"""

import re
from collections.abc import Iterable


class _Node(dict[str, "_Node"]):
    """What may follow some letters. `out`: the text that ends here is left out; `closed`: and so is
    whatever begins like it."""

    out = False
    closed = False


def other_than(texts: Iterable[str], beginnings: Iterable[str] = ()) -> str:
    """Matches, as a whole, any text that is none of `texts` and has none of the `beginnings`."""
    root = _Node()
    for each in texts:
        _at(root, each).out = True
    for each in beginnings:
        _at(root, each).closed = True
    return _rest(root)


def _at(root: _Node, text: str) -> _Node:
    for letter in text:
        root = root.setdefault(letter, _Node())
    return root


def _rest(node: _Node) -> str:
    """What may come after the letters that lead to a node."""
    if not node:
        return ".+" if node.out else ".*"
    letters = "".join(re.escape(each) for each in sorted(node))
    ways = [f"[^{letters}].*"]
    ways += [re.escape(each) + _rest(node[each]) for each in sorted(node) if not node[each].closed]
    return f"(?:{'|'.join(ways)})" + ("" if node.out else "?")
