"""A sample language model behind the OpenAI-style API: it says the prompt's words backwards.

Knows the shapes of `/v1/models`, `/v1/completions` and `/v1/chat/completions`, whole and streamed.
The text is computed from the prompt, so that a test can tell which request an answer belongs to; a
"token" here is a word. It is a sample to route to, not a language model. Must not know HTTP.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from portway.app.sample.request_error import RequestError

SAMPLE_MODEL = "portway-sample"
_DEFAULT_MAX_TOKENS = 100
_CREATED = 1_767_225_600  # A constant: when the sample was "made", seconds since 1970.


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer; `words` is what was generated, `cut` whether max_tokens ended it."""

    model: str
    prompt_tokens: int
    words: tuple[str, ...]
    cut: bool
    chat: bool
    stream: bool
    usage_asked: bool

    def whole(self) -> dict[str, object]:
        """The answer as one JSON-ready value."""
        text = " ".join(self.words)
        content: dict[str, object] = (
            {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        )
        choice = {"index": 0, **content, "finish_reason": self._reason}
        kind = "chat.completion" if self.chat else "text_completion"
        return {**self._head(kind, self._identifier()), "choices": [choice], "usage": self._usage}

    def chunks(self) -> Iterator[str]:
        """The `data:` payloads of a streamed answer, ending with `[DONE]`."""
        head = self._head(
            "chat.completion.chunk" if self.chat else "text_completion", self._identifier()
        )
        for number, word in enumerate(self.words):
            piece = word if number == 0 else f" {word}"
            yield json.dumps({**head, "choices": [self._piece(piece, None)]})
        yield json.dumps({**head, "choices": [self._piece("", self._reason)]})
        if self.usage_asked:
            yield json.dumps({**head, "choices": [], "usage": self._usage})
        yield "[DONE]"

    def _piece(self, text: str, reason: str | None) -> dict[str, object]:
        content: dict[str, object] = {"text": text}
        if self.chat:
            content = {"delta": {"content": text} if text else {}}
        return {"index": 0, **content, "finish_reason": reason}

    def _head(self, kind: str, identifier: str) -> dict[str, object]:
        return {"id": identifier, "object": kind, "created": _CREATED, "model": self.model}

    def _identifier(self) -> str:
        return f"{'chatcmpl' if self.chat else 'cmpl'}-{uuid4().hex}"

    @property
    def _reason(self) -> str:
        return "length" if self.cut else "stop"

    @property
    def _usage(self) -> dict[str, int]:
        made = len(self.words)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": made,
            "total_tokens": self.prompt_tokens + made,
        }


def models() -> dict[str, object]:
    """The answer of `/v1/models`."""
    entry = {"id": SAMPLE_MODEL, "object": "model", "created": _CREATED, "owned_by": "portway"}
    return {"object": "list", "data": [entry]}


def complete(request: Mapping[str, Any], *, chat: bool) -> Completion:
    """Generates the answer. Raises RequestError (400) when the request is malformed."""
    model = request.get("model", SAMPLE_MODEL)
    if not isinstance(model, str) or not model:
        raise RequestError(400, "model: give a name")
    limit = request.get("max_tokens", _DEFAULT_MAX_TOKENS)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise RequestError(400, "max_tokens: give a whole number from 1")
    prompts = _messages(request) if chat else (_prompt(request),)
    words = prompts[-1].split()[::-1]
    options = request.get("stream_options")
    return Completion(
        model=model,
        prompt_tokens=sum(len(prompt.split()) for prompt in prompts),
        words=tuple(words[:limit]),
        cut=len(words) > limit,
        chat=chat,
        stream=request.get("stream") is True,
        usage_asked=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _prompt(request: Mapping[str, Any]) -> str:
    prompt = request.get("prompt")
    if not isinstance(prompt, str):
        raise RequestError(400, "prompt: give a text")
    return prompt


def _messages(request: Mapping[str, Any]) -> tuple[str, ...]:
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RequestError(400, "messages: give a list with at least one message")
    contents = tuple(
        message.get("content") if isinstance(message, dict) else None for message in messages
    )
    for number, content in enumerate(contents):
        if not isinstance(content, str):
            raise RequestError(400, f"messages[{number}].content: give a text")
    return tuple(str(content) for content in contents)
