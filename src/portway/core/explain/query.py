"""A question to explain as plain texts, the way it travels from the command line to an instance.

Knows the names of the parts; `request` knows what they mean.
"""

from collections.abc import Mapping
from typing import NamedTuple

from portway.core.explain.request import Request, RequestError, from_url

Query = Mapping[str, str | list[str]]

_NAMES = ("method", "url", "header", "sni", "expect")


class Question(NamedTuple):
    """A request, and the route that was expected to answer (empty: none in particular)."""

    request: Request
    expect: str = ""


def question(query: Query) -> Question:
    """Reads `url`, and optionally `method` (GET), `header` (one or many), `sni` and `expect`.

    Raises RequestError, which is a ValueError.
    """
    if unknown := sorted(set(query) - set(_NAMES)):
        raise RequestError(f"unknown part {unknown[0]!r}; the parts are {', '.join(_NAMES)}")
    url = _one(query, "url")
    if not url:
        raise RequestError("url is missing: give one such as http://HOST/PATH")
    headers = query.get("header", [])
    request = from_url(
        _one(query, "method") or "GET",
        url,
        [headers] if isinstance(headers, str) else headers,
        _one(query, "sni") if "sni" in query else None,
    )
    return Question(request, _one(query, "expect"))


def _one(query: Query, name: str) -> str:
    value = query.get(name, "")
    if isinstance(value, str):
        return value
    raise RequestError(f"{name} may be given once only")
