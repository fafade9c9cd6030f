"""The shapes of an answer: whole, as server-sent events, and as an error.

Knows OpenAI's objects for completions and chat completions. Must not know time or sockets. The text
is "tok " as often as there are tokens: what it says does not matter here, how long it is does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from portway.app.sample.engine import tokens
from portway.app.sample.engine.request import Asked

DONE = b"data: [DONE]\n\n"
_CREATED = 1_767_225_600  # A constant: when the sample was "made", seconds since 1970.
_Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request, `number` on its engine."""

    asked: Asked
    number: int
    prompt_tokens: int
    cached_tokens: int

    def whole(self) -> bytes:
        """All of it as one JSON object."""
        text = tokens.write(self.asked.output_tokens)
        content: _Fields = {"text": text}
        if self.asked.chat:
            content = {"message": {"role": "assistant", "content": text}}
        choice = {"index": 0, **content, "logprobs": None, "finish_reason": "length"}
        kind = "chat.completion" if self.asked.chat else "text_completion"
        return msgspec.json.encode({**self._head(kind), "choices": [choice], "usage": self._usage})

    def event(self, made: int, *, first: bool = False, last: bool = False) -> bytes:
        """The event that carries `made` tokens more."""
        text = tokens.write(made)
        content: _Fields = {"text": text}
        if self.asked.chat:
            role = {"role": "assistant"} if first else {}
            content = {"delta": {**role, "content": text}}
        choice = {"index": 0, **content, "finish_reason": "length" if last else None}
        return _event({**self._head(self._kind), "choices": [choice]})

    def usage(self) -> bytes:
        """The event before the end, for who asked for it."""
        return _event({**self._head(self._kind), "choices": [], "usage": self._usage})

    @property
    def _kind(self) -> str:
        return "chat.completion.chunk" if self.asked.chat else "text_completion"

    def _head(self, kind: str) -> _Fields:
        identifier = f"{'chatcmpl' if self.asked.chat else 'cmpl'}-{self.number}"
        return {
            "id": identifier,
            "object": kind,
            "created": _CREATED,
            "model": self.asked.model,
        }

    @property
    def _usage(self) -> _Fields:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.asked.output_tokens,
            "total_tokens": self.prompt_tokens + self.asked.output_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }


def portions(output_tokens: int, most: int) -> Iterator[tuple[int, float]]:
    """How an answer is cut into at most `most` events, or two: tokens of each, and the share of
    the time from the first token to the last after which it is due. The first event is the first
    token alone."""
    yield 1, 0.0
    rest = output_tokens - 1
    events = min(rest, max(1, most - 1))
    sent = 0
    for number in range(1, events + 1):
        due = rest * number // events
        yield due - sent, due / rest
        sent = due


def models(names: tuple[str, ...]) -> bytes:
    """The answer of `/v1/models`: the base model, then its adapters."""
    base = names[0]
    data = [
        {
            "id": name,
            "object": "model",
            "created": _CREATED,
            "owned_by": "portway",
            "root": name,
            "parent": None if name == base else base,
        }
        for name in names
    ]
    return msgspec.json.encode({"object": "list", "data": data})


def refusal(status: int, message: str) -> bytes:
    """An error as OpenAI's clients expect it."""
    kind = "NotFoundError" if status == 404 else "BadRequestError"
    error = {"message": message, "type": kind, "param": None, "code": status}
    return msgspec.json.encode({"error": error})


def _event(fields: _Fields) -> bytes:
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"
