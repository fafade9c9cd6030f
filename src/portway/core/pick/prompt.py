"""What of a request's body decides where it goes: its model, and the bytes of its prompt.

Knows the fields of the OpenAI APIs (completions, chat, responses, embeddings) and of Anthropic's
messages, all of them members of one JSON object. Must not know endpoints. The prompt is taken as
the bytes the client sent: nothing is decoded and written again, so equal prompts are equal bytes
and a long one costs a copy. Whoever orders its members otherwise, or writes other spaces, has
another prompt; clients are programs and do neither from one turn to the next.
"""

import re
from typing import Final

import msgspec

_PARTS: Final = ("system", "instructions", "tools", "prompt", "messages", "input")
"""What an engine reads, in the order in which its templates put it before the model."""
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NEXT: Final = re.compile(rb'["{}\[\]]')
_MOST_STEPS: Final = 20_000
"""Of a value whose end is looked for: a body may be nothing but brackets."""
_VALUE: Final = re.compile(rb"\s*:\s*")


class Prompt(msgspec.Struct, frozen=True):
    """``text``: the bytes; empty where there is none. ``salt`` keeps caches of tenants apart."""

    model: str = ""
    text: bytes = b""
    salt: str = ""


class _Body(msgspec.Struct):
    model: str = ""
    cache_salt: str = ""
    system: msgspec.Raw = msgspec.Raw(b"")
    instructions: msgspec.Raw = msgspec.Raw(b"")
    tools: msgspec.Raw = msgspec.Raw(b"")
    prompt: msgspec.Raw = msgspec.Raw(b"")
    messages: msgspec.Raw = msgspec.Raw(b"")
    input: msgspec.Raw = msgspec.Raw(b"")


_bodies = msgspec.json.Decoder(_Body)
_text = msgspec.json.Decoder(str)


def read(body: bytes) -> Prompt:
    """The prompt in a body, whole or cut off anywhere; an empty one where there is none."""
    try:
        found = _bodies.decode(body)
    except msgspec.DecodeError:
        return _cut(body)
    parts = [bytes(getattr(found, each)) for each in _PARTS]
    return Prompt(found.model, b"".join(parts), found.cache_salt)


def with_model(body: bytes, model: str) -> bytes:
    """The body with another model, and not a byte else changed; as it is where it names none."""
    place = dict(_members(body, len(body))).get("model")
    if place is None or place[1] is None or body[place[0] : place[0] + 1] != b'"':
        return body
    return body[: place[0]] + msgspec.json.encode(model) + body[place[1] :]


def _cut(body: bytes) -> Prompt:
    """What can be seen of a body that ends early, or that msgspec does not take."""
    members = {name: body[start:end] for name, (start, end) in _members(body, _MOST_STEPS)}
    parts = [members.get(each, b"").rstrip() for each in _PARTS]
    return Prompt(
        _string(members.get("model", b"")),
        b"".join(parts),
        _string(members.get("cache_salt", b"")),
    )


def _string(value: bytes) -> str:
    try:
        return _text.decode(value)
    except msgspec.DecodeError:
        return ""


def _members(body: bytes, most: int) -> "list[tuple[str, tuple[int, int | None]]]":
    """The members of the outermost object and where their values are; an end of None: cut off, or
    of more than ``most`` strings and brackets."""
    found: list[tuple[str, tuple[int, int | None]]] = []
    opening = _NEXT.search(body)
    if opening is None or opening.group() != b"{":
        return found
    at = opening.end()
    while (name := _name(body, at)) is not None:
        key, start = name
        end, at = _end(body, start, most)
        found.append((key, (start, end)))
        if end is None:
            break
    return found


def _name(body: bytes, at: int) -> tuple[str, int] | None:
    """The next member's name, and where its value begins."""
    quote = _NEXT.search(body, at)
    if quote is None or quote.group() != b'"':
        return None
    name = _STRING.match(body, quote.start())
    colon = name and _VALUE.match(body, name.end())
    if not name or not colon:
        return None
    return _string(name.group()), colon.end()


def _end(body: bytes, at: int, most: int) -> tuple[int | None, int]:
    """Where a value ends, and where the next member may begin."""
    depth = 0
    start = at
    for _ in range(most):
        if not depth and body[start : start + 1] not in (b'"', b"{", b"["):
            return _plain_end(body, start)
        step = _NEXT.search(body, at)
        if step is None:
            return None, len(body)
        if step.group() == b'"':
            text = _STRING.match(body, step.start())
            if text is None:
                return None, len(body)
            at = text.end()
        else:
            depth += 1 if step.group() in b"{[" else -1
            at = step.end()
        if depth <= 0:
            return at, at
    return None, len(body)


def _plain_end(body: bytes, start: int) -> tuple[int | None, int]:
    """The end of a number or a word."""
    for at in range(start, min(len(body), start + 64)):
        if body[at] in b",} \t\r\n":
            return at, at
    return None, len(body)
