"""What a gateway shows of a request becomes what a pick depends on.

Knows the protocol's headers and the prompt in a body. Must not know pools or endpoints.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping

import msgspec

from portway.adapters.extproc import names
from portway.adapters.extproc.desk import Request
from portway.core.pick import Ask, blocks, prompt
from portway.core.pick.rewrite import Rule, rewritten


class Asked(msgspec.Struct, frozen=True):
    """``model``: what the client wants; the ask has what is served. ``body``: with that in it, None
    if it stays as it is."""

    ask: Ask
    model: str
    body: bytes | None = None


def asked(
    request: Request, priorities: Mapping[str, int], rules: Iterable[Rule], chance: int
) -> Asked:
    """``priorities`` by objective; ``rules`` say which model is served; ``chance``: of 64 bits."""
    headers = request.headers
    found = prompt.read(request.body) if request.body else prompt.Prompt()
    named = first(headers, names.REWRITE)
    served = named or (rewritten(rules, found.model, chance) if found.model else None)
    body = None
    if served and found.model and served != found.model:
        body = prompt.with_model(request.body, served)
    model = served or found.model
    ask = Ask(
        chain=tuple(blocks.chain(found.text, model, found.salt)),
        size=len(found.text),
        model=model,
        subset=request.subset,
        tenant=first(headers, names.FAIRNESS),
        priority=priorities.get(first(headers, names.OBJECTIVE), 0),
        session=_session(headers.get(names.SESSION, "")),
        headers=headers,
    )
    return Asked(ask, found.model, body)


def first(headers: Mapping[str, str], spellings: Iterable[str]) -> str:
    """A header by the first of its spellings that is there; "" without any."""
    for each in spellings:
        if value := headers.get(each):
            return value
    return ""


def _session(token: str) -> str:
    """The endpoint that a session's token stands for."""
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
