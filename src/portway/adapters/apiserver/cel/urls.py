"""Functions of URLs (the Kubernetes CEL library's `urls`)."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from portway.adapters.apiserver.cel.function import Function, member, plain, valid

Map = dict[str, Any]


def _url(text: str) -> Map:
    _split(text)
    return {"url": text}


def _split(text: str) -> SplitResult:
    found = urlsplit(text)
    if re.search(r"[\s\x00-\x1f\x7f]", text) or not (
        (found.scheme and (found.netloc or found.path)) or text.startswith("/")
    ):
        raise ValueError(f"URL parse error during conversion from string: {text!r} is none")
    _ = found.port  # refuses what is no number
    return found


def _port(text: str) -> str:
    port = _split(text).port
    return "" if port is None else str(port)


def _host(text: str) -> str:
    return _split(text).netloc.rpartition("@")[2]


def _query(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in filter(None, _split(text).query.split("&")):
        name, _, value = each.partition("=")
        found.setdefault(name, []).append(value)
    return found


def functions() -> Iterator[Function]:
    """All of them."""
    yield plain("url", "text", "map", _url)
    yield plain("isURL", "text", "bool", valid(_split))
    parts: dict[str, Callable[[str], Any]] = {
        "getScheme": lambda text: _split(text).scheme,
        "getHost": _host,
        "getHostname": lambda text: _split(text).hostname or "",
        "getPort": _port,
        "getEscapedPath": lambda text: _split(text).path,
    }
    for name, part in parts.items():
        yield member(name, "map", "text", lambda url, part=part: part(url["url"]))
    yield member("getQuery", "map", "map", lambda url: _query(url["url"]))
