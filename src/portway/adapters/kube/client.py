"""Questions to one API server, and its answers as bytes.

Knows HTTP, and what of it means "no" or "not there". Must not know kinds, nor try anything again:
who asks knows what a second try would mean.
"""

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final

import httpx
import msgspec

from portway.adapters.kube.access import Access
from portway.adapters.kube.failure import Unreachable, failure_of
from portway.adapters.kube.rhythm import Rhythm

_log = logging.getLogger(__name__)

JSON: Final = "application/json"
# JSON is YAML.
_APPLY: Final = "application/apply-patch+yaml"
# Over so many seconds those come that have waited for the server to be back.
_SPREAD: Final = 0.5
# A peer that is gone without a word is noticed by the kernel, long before a watch is silent enough.
_ALIVE: Final = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]

Parameters = Mapping[str, str]


class Client:
    """An asynchronous client of one API server."""

    def __init__(
        self,
        access: Access,
        rhythm: Rhythm | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``transport``: the way there, where it is not TCP."""
        self.server = access.server
        self.rhythm = rhythm or Rhythm()
        self._extensions = {"sni_hostname": access.name} if access.name else None
        self._away = False
        self._scouting = False
        self._there = asyncio.Event()
        self._there.set()
        self._http = httpx.AsyncClient(
            base_url=access.server,
            auth=access.token,
            headers={"User-Agent": "portway"},
            timeout=httpx.Timeout(self.rhythm.piece, connect=self.rhythm.reach),
            trust_env=False,
            transport=transport or _transport(access),
        )

    async def close(self) -> None:
        """End every connection."""
        await self._http.aclose()

    async def get(
        self, path: str, parameters: Parameters | None = None, accept: str = JSON
    ) -> bytes:
        """The body of a good answer. Raises ApiFailure or Unreachable."""
        return await self._ask("GET", path, parameters, {"Accept": accept})

    async def apply(self, path: str, body: bytes, manager: str) -> bytes:
        """Server-side apply of one object, as a manager that takes what it names from others; the
        object that came of it. Raises ApiFailure or Unreachable."""
        headers = {"Accept": JSON, "Content-Type": _APPLY}
        parameters = {"fieldManager": manager, "force": "true"}
        return await self._ask("PATCH", path, parameters, headers, body)

    async def put(self, path: str, body: bytes, *, new: bool = False) -> bytes:
        """Replace an object, or make a new one in the list at ``path``; the object that came of
        it. Raises ApiFailure or Unreachable."""
        headers = {"Accept": JSON, "Content-Type": JSON}
        return await self._ask("POST" if new else "PUT", path, None, headers, body)

    async def delete(self, path: str, uid: str = "") -> None:
        """Delete an object; with a ``uid`` only that one, and no other of its name. Raises
        ApiFailure or Unreachable."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1"}
        only = {"preconditions": {"uid": uid}} if uid else {}
        body = msgspec.json.encode({**options, **only})
        headers = {"Accept": JSON, "Content-Type": JSON}
        await self._ask("DELETE", path, None, headers, body)

    async def _ask(
        self,
        method: str,
        path: str,
        parameters: Parameters | None,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> bytes:
        with self._noticing():
            answer = await self._http.request(
                method,
                path,
                params=parameters,
                headers=headers,
                content=body,
                extensions=self._extensions,
            )
        _refuse(answer)
        return answer.content

    @asynccontextmanager
    async def lines(
        self, path: str, parameters: Parameters, accept: str = JSON
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of an endless answer, as they come. Raises ApiFailure or Unreachable, on the
        way too; a line that was cut off is not among them."""
        # How long it may be silent is for the one who reads to say.
        silence = httpx.Timeout(self.rhythm.piece, connect=self.rhythm.reach, read=None)
        request = self._http.build_request(
            "GET",
            path,
            params=parameters,
            headers={"Accept": accept},
            timeout=silence,
            extensions=self._extensions,
        )
        with self._noticing():
            answer = await self._http.send(request, stream=True)
        try:
            if answer.is_error:
                with self._noticing():
                    await answer.aread()
                _refuse(answer)
            yield self._lines(answer)
        finally:
            await answer.aclose()

    async def _lines(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        rest = b""
        chunks = answer.aiter_bytes()
        while True:
            with self._noticing():
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            # Not httpx's own lines: those end at U+2028 too, which JSON may hold.
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    yield line

    def _noticing(self) -> "_Noticing":
        return _Noticing(self)

    def note(self, away: str) -> None:
        """Whether the server is there; told once each time that changes. ``away``: why not."""
        if away and not self._away:
            _log.warning(
                "the API server %s cannot be reached (%s); what was read before stays in force",
                self.server,
                away,
            )
        elif not away and self._away:
            _log.info("the API server %s is back", self.server)
        self._away = bool(away)
        if away:
            self._there.clear()
        else:
            self._there.set()

    async def pause(self, seconds: float) -> None:
        """Sleep for so long; while the server is away, no longer than until it is back. Whoever
        has waited for long would otherwise not look for as long again. One of those that wait
        looks often, so that all know soon."""
        if not self._away:
            await asyncio.sleep(seconds)
            return
        first, self._scouting = not self._scouting, True
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, self.rhythm.scout) if first else seconds):
                    await self._there.wait()
                    # Not all at once.
                    await asyncio.sleep(random.random() * _SPREAD)
        finally:
            if first:
                self._scouting = False


class _Noticing:
    """Makes every failure of the transport an Unreachable, and tells the log."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._client.note("")
        elif isinstance(error, httpx.HTTPError | httpx.InvalidURL | OSError):
            words = str(error) or type(error).__name__
            # A watch that broke says little of the server: the next try will.
            if not isinstance(
                error, httpx.ReadError | httpx.RemoteProtocolError | httpx.ReadTimeout
            ):
                self._client.note(words)
            raise Unreachable(words) from error


def _refuse(answer: httpx.Response) -> None:
    if not answer.is_success:
        wait = answer.headers.get("Retry-After", "")
        raise failure_of(answer.content, answer.status_code, wait)


def _transport(access: Access) -> httpx.AsyncBaseTransport:
    """One connection for each watch, and no bound on how many."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=4)
    proxy = access.proxy or None
    return httpx.AsyncHTTPTransport(
        verify=access.context, limits=limits, socket_options=_ALIVE, proxy=proxy
    )
