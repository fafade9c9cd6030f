"""A question to explain as plain texts, the way it travels from the command line to an instance.

Knows the names of the parts; `request` knows what they mean.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from portway.core.explain.request import Request, RequestError, from_url
from portway.core.pick import prompt

Query = Mapping[str, str | list[str]]

_NAMES = ("method", "url", "header", "sni", "model", "expect", "body", "body64")


class Question(NamedTuple):
    """A request, and the route that was expected to answer (empty: none in particular)."""

    request: Request
    expect: str = ""


def question(query: Query) -> Question:
    """Reads `url`, and optionally `method` (GET, POST with a body), `header` (one or many), `sni`,
    `model` (what the body names, unless it is given), `expect`, and the body as text (`body`) or in
    base64 (`body64`).

    Raises RequestError, which is a ValueError.
    """
    if unknown := sorted(set(query) - set(_NAMES)):
        raise RequestError(f"unknown part {unknown[0]!r}; the parts are {', '.join(_NAMES)}")
    url = _one(query, "url")
    if not url:
        raise RequestError("url is missing: give one such as http://HOST/PATH")
    headers = query.get("header", [])
    body = _body(query)
    request = from_url(
        _one(query, "method") or ("GET" if body is None else "POST"),
        url,
        [headers] if isinstance(headers, str) else headers,
        _one(query, "sni") if "sni" in query else None,
        _one(query, "model") if "model" in query else _named(body),
    )
    return Question(replace(request, body=body), _one(query, "expect"))


def _named(body: bytes | None) -> str | None:
    """The model that a body names, as far as it is given."""
    return None if body is None else prompt.read(body).model


def _body(query: Query) -> bytes | None:
    if "body" in query and "body64" in query:
        raise RequestError("body and body64 are the same part; give one of them")
    if "body64" not in query:
        return _one(query, "body").encode() if "body" in query else None
    try:
        return base64.b64decode(_one(query, "body64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(f"body64 is not base64: {error}") from None


def _one(query: Query, name: str) -> str:
    value = query.get(name, "")
    if isinstance(value, str):
        return value
    raise RequestError(f"{name} may be given once only")
