"""Functions of regular expressions, in linear time (the Kubernetes CEL library's `regex`)."""

from collections.abc import Iterator

import re2

from portway.adapters.apiserver.cel.function import Function, member


def _find(text: str, pattern: str) -> str:
    found = re2.search(pattern, text)
    return "" if found is None else str(found.group(0))


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    found = [str(each.group(0)) for each in re2.finditer(pattern, text)]
    return found if most < 0 else found[:most]


def functions() -> Iterator[Function]:
    """All of them."""
    yield member("find", "text text", "text", _find)
    yield member("findAll", "text text", "list", _find_all)
    yield member("findAll", "text text int", "list", _find_all)
