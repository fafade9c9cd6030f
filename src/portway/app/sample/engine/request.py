"""A request as a client writes it, read: which model, what prompt, how long an answer.

Knows the fields of `/v1/completions` and `/v1/chat/completions` that decide about time and shape;
the others are let through. Must not know HTTP or the queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from portway.app.sample.request_error import RequestError

_DEFAULT_OUTPUT = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    model: str
    prompt: bytes
    output_tokens: int
    chat: bool
    stream: bool
    usage: bool
    """Whether a streamed answer ends with its usage."""


def read(body: bytes, *, chat: bool) -> Asked:
    """Raises RequestError (400), which says the field and what it may be."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise RequestError(400, "the body is not a JSON object")
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise RequestError(400, "model: give a name")
    options = fields.get("stream_options")
    return Asked(
        model=model,
        prompt=_messages(fields) if chat else _prompt(fields),
        output_tokens=_output(fields),
        chat=chat,
        stream=fields.get("stream") is True,
        usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _output(fields: Mapping[str, Any]) -> int:
    for name in ("max_completion_tokens", "max_tokens"):
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise RequestError(400, f"{name}: give a whole number from 1")
        return value
    return _DEFAULT_OUTPUT


def _prompt(fields: Mapping[str, Any]) -> bytes:
    prompt = fields.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str) or not prompt:
        raise RequestError(400, "prompt: give one text that is not empty")
    return prompt.encode()


def _messages(fields: Mapping[str, Any]) -> bytes:
    """All messages in one text, each with its role: equal beginnings stay equal."""
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RequestError(400, "messages: give a list with at least one message")
    return b"".join(_message(number, message) for number, message in enumerate(messages))


def _message(number: int, message: object) -> bytes:
    where = f"messages[{number}]"
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise RequestError(400, f"{where}.role: give a role such as user")
    content = message.get("content")
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        text = "".join(_part(where, part) for part in content)
    else:
        raise RequestError(400, f"{where}.content: give a text, or a list of text parts")
    return f"<{message['role']}>{text}".encode()


def _part(where: str, part: object) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise RequestError(400, f"{where}.content: only parts of type text are simulated")
