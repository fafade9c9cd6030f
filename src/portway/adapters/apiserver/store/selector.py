"""Label selectors and field selectors, as lists and watches take them.

Knows the two grammars. Must not know kinds: which fields may be selected by is handed in.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from portway.adapters.apiserver.problem import Document, bad_request

Test = Callable[[Document], bool]

_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_VALUE = r"[-A-Za-z0-9_.]*"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s+\(([^()]*)\)")
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=|>|<)\s*({_VALUE})")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_ALWAYS_SELECTABLE = frozenset({"metadata.name", "metadata.namespace"})


def label_test(text: str) -> Test | None:
    """The selector as a function; None if it selects everything. Raises Refused (400)."""
    tests = [_label_requirement(part) for part in _split(text)]
    if not tests:
        return None

    def test(document: Document) -> bool:
        labels = document["metadata"].get("labels") or {}
        return all(each(labels) for each in tests)

    return test


def field_test(text: str, selectable: frozenset[str]) -> Test | None:
    """Like `label_test`, for ``metadata.name=x,status.phase!=Running``."""
    wanted: list[tuple[list[str], bool, str]] = []
    for part in _split(text):
        found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part)
        if found is None:
            raise bad_request(f'invalid selector: "{part}"; can\'t understand it')
        path, operator, value = found.groups()
        if path not in selectable and path not in _ALWAYS_SELECTABLE:
            raise bad_request(
                f'Unable to find "{path}" that match label selector "", field selector "{part}": '
                f"field label not supported: {path}"
            )
        wanted.append((path.split("."), operator != "!=", value))
    if not wanted:
        return None

    def test(document: Document) -> bool:
        return all((_text(document, path) == value) is equal for path, equal, value in wanted)

    return test


def both(a: Test | None, b: Test | None) -> Test | None:
    """The conjunction; None stands for everything."""
    if a is None or b is None:
        return a or b
    return lambda document: a(document) and b(document)


def _text(document: Document, path: list[str]) -> str:
    value: Any = document
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _split(text: str) -> list[str]:
    """At commas that are outside parentheses."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _label_requirement(part: str) -> Callable[[Mapping[str, str]], bool]:
    if found := _SET.fullmatch(part):
        key, operator, listed = found[1], found[3], found[4]
        values = frozenset(each.strip() for each in listed.split(","))
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUAL.fullmatch(part):
        return _comparison(found[1], found[3], found[4])
    if found := _EXISTS.fullmatch(part):
        key, wanted = found[2], not found[1]
        return lambda labels: (key in labels) is wanted
    raise bad_request(f'unable to parse requirement: "{part}" is not a label requirement')


def _comparison(key: str, operator: str, value: str) -> Callable[[Mapping[str, str]], bool]:
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    if operator in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if not re.fullmatch(r"-?[0-9]+", value):
        raise bad_request(f'for "{operator}" the value must be an integer, "{value}" is not')
    bound = int(value)

    def compared(labels: Mapping[str, str]) -> bool:
        have = labels.get(key, "")
        if not re.fullmatch(r"-?[0-9]+", have):
            return False
        return int(have) > bound if operator == ">" else int(have) < bound

    return compared
