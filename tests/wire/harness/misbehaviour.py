"""What each path makes an origin do.

Knows paths and parameters. Must not know how bytes are sent.

    /retry?uuid=U&succeed_after=N&code=503   fails N times for U, then 200; without code by RST
    /reset?when=head|body                    RST before an answer, or in the middle of its body
    /slow?head=0.2&body=0.2&chunks=3         seconds before the head, before each chunk
    /stream?n=3&delay=0.1                    server-sent events
    /openai/v1/chat/completions              words as the OpenAI API streams them
    /hold                                    answers once the test sets `origin.released`
    /bytes?n=100000                          that many bytes
    /headers?n=10&size=100                   that many headers of that many bytes
    /body                                    the request's body, byte for byte
    /close                                   an answer that closes the connection
    /status/NNN                              that status
    /auth                                    by `authorization`: good 200 with x-user and x-other,
                                             broken 503, anything else 401 with a challenge
    anything else                            what arrived, as JSON
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tests.wire.harness.origin import Exchange, Received

Parameters = dict[str, str]


async def answer(exchange: Exchange, request: Received) -> None:
    """Does what the request's path asks for."""
    target = urlsplit(request.target)
    first = target.path.removeprefix("/").partition("/")[0]
    await _ACTIONS.get(first, _echo)(exchange, request, dict(parse_qsl(target.query)))


async def _whole(
    exchange: Exchange,
    status: int,
    body: bytes,
    headers: list[tuple[str, str]] | None = None,
) -> None:
    await exchange.send_head(status, [*(headers or []), ("content-length", str(len(body)))])
    await exchange.send_body(body)
    await exchange.end()


async def _echo(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await _described(exchange, request, 200)


async def _described(exchange: Exchange, request: Received, status: int) -> None:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        headers.setdefault(name, []).append(value)
    told = {
        "service": exchange.origin.name,
        "method": request.method,
        "path": request.target,
        "host": headers.get("host", [""])[0],
        "headers": headers,
        "body_length": len(request.body),
    }
    content = [("content-type", "application/json")]
    await _whole(exchange, status, json.dumps(told).encode(), content)


async def _retry(exchange: Exchange, request: Received, asked: Parameters) -> None:
    attempts = exchange.origin.attempts
    attempts[asked["uuid"]] += 1
    if attempts[asked["uuid"]] > int(asked["succeed_after"]):
        await _described(exchange, request, 200)
    elif "code" in asked:
        await _whole(exchange, int(asked["code"]), b"not yet\n")
    else:
        exchange.reset()


async def _reset(exchange: Exchange, request: Received, asked: Parameters) -> None:
    if asked.get("when", "head") == "body":
        await exchange.send_head(200, [("content-length", "1000")])
        await exchange.send_body(b"half")
    exchange.reset()


async def _slow(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await asyncio.sleep(float(asked.get("head", "0")))
    await exchange.send_head(200, [("content-type", "text/plain")])
    for number in range(int(asked.get("chunks", "1"))):
        await asyncio.sleep(float(asked.get("body", "0")))
        await exchange.send_body(f"chunk {number}\n".encode())
    await exchange.end()


async def _stream(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await exchange.send_head(200, [("content-type", "text/event-stream")])
    for number in range(int(asked.get("n", "3"))):
        if number:
            await asyncio.sleep(float(asked.get("delay", "0.1")))
        await exchange.send_body(f"data: {number}\n\n".encode())
    await exchange.end()


async def _openai(exchange: Exchange, request: Received, asked: Parameters) -> None:
    model = json.loads(request.body)["model"]
    await exchange.send_head(200, [("content-type", "text/event-stream")])
    for word in ("one", "two", exchange.origin.name):
        choice = {"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model}
        await exchange.send_body(
            b"data: %s\n\n" % json.dumps({**chunk, "choices": [choice]}).encode()
        )
    await exchange.send_body(b"data: [DONE]\n\n")
    await exchange.end()


async def _hold(exchange: Exchange, request: Received, asked: Parameters) -> None:
    exchange.origin.held.release()  # A test awaits `origin.held.acquire()`: one is being held.
    await exchange.origin.released.wait()
    await _described(exchange, request, 200)


async def _bytes(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await _whole(exchange, 200, b"x" * int(asked.get("n", "0")))


async def _headers(exchange: Exchange, request: Received, asked: Parameters) -> None:
    size = int(asked.get("size", "10"))
    many = [(f"x-many-{number}", "v" * size) for number in range(int(asked.get("n", "1")))]
    await _whole(exchange, 200, b"", many)


async def _body(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await _whole(exchange, 200, request.body)


async def _close(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await _whole(exchange, 200, b"bye\n", [("connection", "close")])


async def _status(exchange: Exchange, request: Received, asked: Parameters) -> None:
    await _described(exchange, request, int(urlsplit(request.target).path.rpartition("/")[2]))


async def _auth(exchange: Exchange, request: Received, asked: Parameters) -> None:
    told = request.header("authorization")
    if told == ("good",):
        await _whole(exchange, 200, b"go on", [("x-user", "bob"), ("x-other", "more")])
    elif told == ("broken",):
        await _whole(exchange, 503, b"out of order")
    else:
        await _whole(exchange, 401, b"who are you?", [("www-authenticate", "Bearer")])


_ACTIONS: dict[str, Callable[[Exchange, Received, Parameters], Awaitable[None]]] = {
    "retry": _retry,
    "reset": _reset,
    "slow": _slow,
    "stream": _stream,
    "openai": _openai,
    "hold": _hold,
    "bytes": _bytes,
    "headers": _headers,
    "body": _body,
    "close": _close,
    "status": _status,
    "auth": _auth,
}
