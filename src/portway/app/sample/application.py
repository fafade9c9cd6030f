"""The application of a sample backend: which path does what.

Knows paths and status codes. Must not know sockets. Special paths are recognised by their end, so
that they work behind a route that leaves its prefix on:

    …/stream?n=5&delay=0.1s      server-sent events
    …/status/503                 that status
    …/health                     200
    …/v1/models, …/v1/completions, …/v1/chat/completions, …/v2/models/<name>/infer
    anything?delay=1s            waits, then answers
    a WebSocket anywhere         echoes (see websocket)
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from portway.app.sample import iris, language
from portway.app.sample.echo import Answer, Identity, echo, page
from portway.app.sample.request_error import RequestError
from portway.core.api import duration

_LONGEST_WAIT_SECONDS = 600.0
_MOST_EVENTS = 10_000
_Handler = Callable[[Request, Identity, re.Match[str]], Awaitable[Response]]


def application(identity: Identity, answer: Answer) -> ASGIApp:
    """An ASGI application that answers as `identity`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await _respond(request, identity, answer)
        except RequestError as error:
            response = JSONResponse({"error": str(error)}, status_code=error.status)
        await response(scope, receive, send)

    return serve


async def _respond(request: Request, identity: Identity, answer: Answer) -> Response:
    await asyncio.sleep(_delay(request, "0s") if not _is_stream(request) else 0)
    for pattern, handler in _HANDLERS:
        found = pattern.search(request.url.path)
        if found is not None:
            return await handler(request, identity, found)
    if answer is Answer.PAGE:
        return PlainTextResponse(page(request, identity))
    return JSONResponse(echo(request, identity))


def _is_stream(request: Request) -> bool:
    return request.url.path.endswith("/stream")


def _delay(request: Request, default: str) -> float:
    """The `delay` parameter in seconds: a duration such as `1s`, or a plain number of seconds."""
    text = request.query_params.get("delay", default)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    else:
        try:
            seconds = duration.seconds(text)
        except ValueError as error:
            raise RequestError(400, f"delay={text}: {error}. Give seconds, or 500ms, 1s.") from None
    if seconds > _LONGEST_WAIT_SECONDS:
        raise RequestError(400, f"delay={text}: at most {_LONGEST_WAIT_SECONDS:.0f} seconds")
    return seconds


async def _status(request: Request, identity: Identity, found: re.Match[str]) -> Response:
    code = int(found[1])
    if not 200 <= code <= 599:
        raise RequestError(400, f"status/{code}: give a final status, 200 to 599")
    if code in (204, 205, 304):
        return Response(status_code=code)
    return JSONResponse(echo(request, identity), status_code=code)


async def _health(request: Request, identity: Identity, found: re.Match[str]) -> Response:
    return PlainTextResponse("OK\n")


async def _stream(request: Request, identity: Identity, found: re.Match[str]) -> Response:
    text = request.query_params.get("n", "5")
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_EVENTS:
        raise RequestError(400, f"n={text}: give a whole number up to {_MOST_EVENTS}")
    pause = _delay(request, "100ms")

    async def events() -> AsyncIterator[str]:
        for number in range(int(text)):
            if number:
                await asyncio.sleep(pause)
            yield f"id: {number}\ndata: {identity.pod} {number}\n\n"

    return _events(events())


async def _models(request: Request, identity: Identity, found: re.Match[str]) -> Response:
    return JSONResponse(language.models())


async def _complete(
    chat: bool, request: Request, identity: Identity, found: re.Match[str]
) -> Response:
    completion = language.complete(await _json(request), chat=chat)
    if completion.stream:
        return _events(_chunks(completion))
    return JSONResponse(completion.whole())


async def _chunks(completion: language.Completion) -> AsyncIterator[str]:
    for chunk in completion.chunks():
        yield f"data: {chunk}\n\n"
        await asyncio.sleep(0)  # One write for each chunk: a buffering proxy becomes visible.


async def _infer(request: Request, identity: Identity, found: re.Match[str]) -> Response:
    return JSONResponse(iris.infer(found[1], await _json(request)))


async def _json(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises RequestError."""
    if request.method != "POST":
        raise RequestError(405, f"{request.method}: use POST with a JSON object")
    try:
        value = await request.json()
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RequestError(400, "the body is not a JSON object")
    return value


def _events(source: AsyncIterator[str]) -> Response:
    return StreamingResponse(
        source, media_type="text/event-stream", headers={"cache-control": "no-cache"}
    )


_HANDLERS: tuple[tuple[re.Pattern[str], _Handler], ...] = (
    (re.compile(r"/status/(\d{3})$"), _status),
    (re.compile(r"/health$"), _health),
    (re.compile(r"/stream$"), _stream),
    (re.compile(r"/v1/models$"), _models),
    (re.compile(r"/v1/completions$"), partial(_complete, False)),
    (re.compile(r"/v1/chat/completions$"), partial(_complete, True)),
    (re.compile(r"/v2/models/([^/]+)/infer$"), _infer),
)
