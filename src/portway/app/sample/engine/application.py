"""The engine's HTTP surface: OpenAI's paths, health and metrics.

Knows ASGI, paths and status codes. Must not know how long anything takes: the live engine says when
to go on. A client that goes away takes its request out of the queue, as in vLLM.
"""

import asyncio
import itertools
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope, Send

from portway.app.sample.engine import answer, request, tokens
from portway.app.sample.engine.answer import Answer
from portway.app.sample.engine.job import Job
from portway.app.sample.engine.live import LiveEngine, Ticket
from portway.app.sample.engine.metrics import EngineMetrics
from portway.app.sample.engine.request import Asked
from portway.app.sample.request_error import RequestError

_COMPLETIONS = {"/v1/completions": False, "/v1/chat/completions": True}
_JSON = "application/json"


class Application:
    """Serves `model` and its LoRA `adapters` as the pod `name`; at most `events` per stream."""

    def __init__(
        self, live: LiveEngine, name: str, model: str, adapters: Sequence[str], events: int
    ) -> None:
        self._live = live
        self._name = name
        self._models = (model, *adapters)
        self._events = events
        self._metrics = EngineMetrics(live.queue, model)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        chat = _COMPLETIONS.get(scope["path"])
        try:
            if chat is not None and scope["method"] == "POST":
                asked = request.read(await _body(receive), chat=chat)
                await self._complete(asked, receive, send)
            else:
                await self._send(send, *self._page(scope["method"], scope["path"]))
        except _Gone:
            pass
        except RequestError as error:
            await self._send(send, error.status, answer.refusal(error.status, str(error)), _JSON)

    def _page(self, method: str, path: str) -> tuple[int, bytes, str]:
        if path in _COMPLETIONS:
            raise RequestError(405, f"{method}: use POST with a JSON object")
        if path == "/health":
            return 200, b"", "text/plain"
        if path == "/v1/models":
            return 200, answer.models(self._models), _JSON
        if path == "/metrics":
            return 200, self._metrics.text(), "text/plain; version=0.0.4; charset=utf-8"
        raise RequestError(404, f"{path}: there is no such path")

    async def _complete(self, asked: Asked, receive: Receive, send: Send) -> None:
        job = self._job(asked)
        try:
            ticket = self._live.submit(job)
        except ValueError as error:
            raise RequestError(400, f"{error}; at most {self._longest} together") from None
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(self._watch(receive, ticket))
            try:
                await self._answer(asked, job, ticket, send)
            finally:
                gone.cancel()
                self._live.cancel(ticket)

    def _job(self, asked: Asked) -> Job:
        if asked.model not in self._models:
            raise RequestError(404, f"The model `{asked.model}` does not exist.")
        adapter = asked.model if asked.model != self._models[0] else ""
        block = self._live.queue.profile.block_tokens
        return Job(
            number=next(self._numbers),
            chain=tokens.chain(asked.prompt, block, adapter),
            prompt_tokens=tokens.count(asked.prompt),
            output_tokens=asked.output_tokens,
            adapter=adapter,
        )

    async def _watch(self, receive: Receive, ticket: Ticket) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._live.cancel(ticket)

    async def _answer(self, asked: Asked, job: Job, ticket: Ticket, send: Send) -> None:
        started = await ticket.started
        if started is None:
            return
        made = Answer(asked, job.number, job.prompt_tokens, started.cached_tokens)
        if not asked.stream:
            if await ticket.finished is not None:
                await self._send(send, 200, made.whole(), _JSON)
            return
        await self._start(send, 200, "text/event-stream; charset=utf-8")
        sent = 0
        for portion, share in answer.portions(asked.output_tokens, self._events):
            sent += portion
            last = sent == asked.output_tokens
            if last:
                await ticket.finished
            else:
                await self._live.until(started.time + share * (started.finish - started.time))
            if ticket.cancelled:
                return
            event = made.event(portion, first=share == 0, last=last)
            if last:
                event += (made.usage() if asked.usage else b"") + answer.DONE
            await send({"type": "http.response.body", "body": event, "more_body": not last})

    async def _send(self, send: Send, status: int, body: bytes, kind: str) -> None:
        await self._start(send, status, kind, len(body))
        await send({"type": "http.response.body", "body": body})

    async def _start(self, send: Send, status: int, kind: str, length: int | None = None) -> None:
        headers = [(b"content-type", kind.encode()), (b"x-inference-pod", self._name.encode())]
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        await send({"type": "http.response.start", "status": status, "headers": headers})

    @property
    def _longest(self) -> int:
        return self._live.queue.profile.longest


class _Gone(Exception):
    """The client left before its request was whole."""


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
