"""The JSON paths of printer columns.

Knows the part of kubectl's JSON path that CustomResourceDefinitions use: members, ``[*]``,
indices, ``['name']``, and filters of the form ``[?(@.type=="Ready")]``. Must not know kinds.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

Step = Callable[[list[Any]], list[Any]]

_TOKEN: Final = re.compile(
    r"\.(?P<field>(?:[A-Za-z0-9_$/-]|\\\.)+)"
    r"|\[(?P<all>\*)\]"
    r"|\[(?P<index>-?\d+)\]"
    r"|\[['\"](?P<quoted>[^'\"]+)['\"]\]"
    r"|\[\?\(@(?P<path>(?:\.[A-Za-z0-9_-]+)+)\s*(?P<op>==|!=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^)\s]+)\)\]"
)


def found(document: Any, path: str) -> list[Any]:
    """Every value at the path, in order; nothing for a path that is not understood."""
    values = [document]
    for step in _steps(path) or (_nothing,):
        values = step(values)
    return values


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[Step, ...] | None:
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(path):
        token = _TOKEN.match(path, at)
        if token is None:
            return None
        steps.append(_step(token))
        at = token.end()
    return tuple(steps)


def _step(token: re.Match[str]) -> Step:
    if (name := token["field"] or token["quoted"]) is not None:
        name = name.replace("\\.", ".")
        return lambda values: [each[name] for each in values if _has(each, name)]
    if token["all"]:
        return lambda values: [item for each in values for item in _items(each)]
    if token["index"]:
        index = int(token["index"])
        return lambda values: [
            each[index]
            for each in values
            if isinstance(each, list) and -len(each) <= index < len(each)
        ]
    inner, wanted = token["path"], token["value"].strip("\"'")
    equal = token["op"] == "=="
    return lambda values: [
        item
        for each in values
        for item in _items(each)
        if ([_text(value) for value in found(item, inner)] == [wanted]) is equal
    ]


def _nothing(_: list[Any]) -> list[Any]:
    return []


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
