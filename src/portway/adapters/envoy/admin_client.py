"""A client for Envoy's admin interface on its unix socket.

Knows just enough HTTP/1.1 to talk to that one server: one request per connection, a body that is
chunked, counted or ends with the connection. Must not know what the answers are used for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

_TIMEOUT_SECONDS = 5.0
_MAX_BODY_BYTES = 256 * 1024 * 1024
_STREAM_LIMIT_BYTES = 1024 * 1024


class AdminError(Exception):
    """The admin interface did not answer, or not with success. The message says which and how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the admin interface said: the HTTP status and the body."""

    status: int
    body: bytes


class AdminClient:
    """Requests to one Envoy's admin socket; holds no connection between them."""

    def __init__(
        self,
        socket: Path,
        *,
        timeout: float = _TIMEOUT_SECONDS,
        max_body: int = _MAX_BODY_BYTES,
    ) -> None:
        """`timeout` is in seconds for a whole request, `max_body` in bytes."""
        self._socket = socket
        self._timeout = timeout
        self._max_body = max_body

    async def get(self, path: str) -> bytes:
        """The body of a successful GET.

        Raises:
            AdminError: no connection, no answer in time, a status other than 200, or a body
                larger than `max_body`.
        """
        return self._success("GET", path, await self._request("GET", path))

    async def post(self, path: str) -> bytes:
        """The body of a successful POST; raises as `get` does."""
        return self._success("POST", path, await self._request("POST", path))

    async def ready(self) -> bool:
        """Whether Envoy has its first configuration and serves. False, too, when it is not up."""
        try:
            return (await self._request("GET", "/ready")).status == 200
        except AdminError:
            return False

    async def stats(self, pattern: str = "") -> dict[str, int]:
        """Counters and gauges by name.

        Args:
            pattern: a regular expression a name must contain a match of; empty for all.

        Raises:
            AdminError: as `get`, or an answer that is not Envoy's.
        """
        query = urlencode({"format": "json", **({"filter": pattern} if pattern else {})})
        answer = await self._json(f"/stats?{query}")
        return {
            str(stat["name"]): int(stat["value"])
            for stat in answer.get("stats", ())
            if isinstance(stat.get("value"), int)
        }

    async def config_dump(self, resource: str = "", *, endpoints: bool = False) -> dict[str, Any]:
        """What Envoy runs with, as its own JSON; secrets are redacted by Envoy.

        Args:
            resource: one field of the dump, such as `dynamic_active_clusters`; empty for all.
            endpoints: include the endpoints.
        """
        query = {"resource": resource} if resource else {}
        if endpoints:
            query["include_eds"] = "on"
        return await self._json(f"/config_dump?{urlencode(query)}")

    async def _json(self, path: str) -> dict[str, Any]:
        body = await self.get(path)
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise AdminError(f"{self._socket}: GET {path} did not give JSON: {error}") from None
        if not isinstance(answer, dict):
            raise AdminError(f"{self._socket}: GET {path} did not give a JSON object")
        return answer

    def _success(self, method: str, path: str, answer: Answer) -> bytes:
        if answer.status != 200:
            text = answer.body[:200].decode(errors="replace").strip()
            raise AdminError(f"{self._socket}: {method} {path} answered {answer.status}: {text}")
        return answer.body

    async def _request(self, method: str, path: str) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(method, path)
        except TimeoutError:
            raise AdminError(
                f"{self._socket}: {method} {path} had no answer within {self._timeout:g} s"
            ) from None
        except (OSError, EOFError, ValueError) as error:
            raise AdminError(f"{self._socket}: {method} {path} failed: {error}") from None

    async def _exchange(self, method: str, path: str) -> Answer:
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=_STREAM_LIMIT_BYTES)
        try:
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n"
                "Content-Length: 0\r\n\r\n".encode("ascii")
            )
            await writer.drain()
            status, headers = await _head(reader)
            return Answer(status, await self._body(reader, headers))
        finally:
            writer.close()

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._chunked(reader)
        if "content-length" in headers:
            size = int(headers["content-length"])
            self._bound(size)
            return await reader.readexactly(size)
        body = bytearray()
        while piece := await reader.read(65536):
            body += piece
            self._bound(len(body))
        return bytes(body)

    async def _chunked(self, reader: asyncio.StreamReader) -> bytes:
        body = bytearray()
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            self._bound(len(body) + size)
            chunk = await reader.readexactly(size + 2)
            if size == 0:
                return bytes(body)
            body += chunk[:-2]

    def _bound(self, size: int) -> None:
        if size > self._max_body:
            raise ValueError(f"the answer is larger than {self._max_body} bytes")


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status code and headers, names in lower case."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    parts = lines[0].split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdecimal():
        raise ValueError(f"not an HTTP answer: {lines[0][:80]!r}")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(parts[1]), headers
