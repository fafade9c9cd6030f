"""The gRPC server proxies get their configuration from.

Knows one method, `DeltaAggregatedResources`, and serves nothing else: what is not registered cannot
be called without credentials by mistake. Every call passes one gate first, which asks the
authorisation hook. Must not know what is in a resource or in which order resources may
travel: `portway.core.delta` says what to send, this sends it.

On a unix socket the file system authorises: the socket has mode 0600 in a folder of mode 0700.
"""

from __future__ import annotations

import asyncio
import itertools
import stat
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portway.adapters.xds.call import Call, CallEnded, RefusedError, Status
from portway.adapters.xds.connection import Connection, Connections
from portway.adapters.xds.encoding import MalformedRequestError, RequestReader, encode
from portway.core.delta import Outcome, ResourceSet, Response, Stream
from portway.core.schema import Schema

METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
_SOCKET_PATH_BYTES = 107

Authorize = Callable[[Mapping[str, str]], Awaitable[str | None]]
"""Given a call's metadata: None to let it pass, or the reason to refuse it."""


class XdsError(Exception):
    """The server cannot listen. The message names the socket and the cure."""


@dataclass(frozen=True, slots=True)
class XdsSettings:
    """Where and how the server listens.

    Attributes:
        socket: path of the unix socket, at most 107 bytes; its folder must be private.
        max_request_bytes: the largest request; a reconnecting proxy names all it has in one.
    """

    socket: Path
    max_request_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StreamEvents:
    """Whom to tell. All are called from the event loop and must return at once.

    Attributes:
        outcome: a proxy accepted or refused a response.
        opened: a stream began; the second argument is the node id it claims.
        closed: a stream ended.
        sent: a response left: its type, how many resources it holds, how many bytes it is.
    """

    outcome: Callable[[int, Outcome], None]
    opened: Callable[[int, str], None] = lambda _stream, _node: None
    closed: Callable[[int], None] = lambda _stream: None
    sent: Callable[[str, int, int], None] = lambda _type, _resources, _size: None


class _Session:
    """One open stream: the protocol's state and the right to write."""

    def __init__(self, number: int, resources: ResourceSet) -> None:
        self.number = number
        self.stream = Stream(resources)
        self.changed = False
        # Responses leave in the order the protocol made them, whoever caused them. It has one
        # outstanding for each type, so there are never more than a few.
        self.outbox: deque[bytes] = deque()
        self.awake = asyncio.Event()


class XdsServer:
    """Serves one resource set to any number of streams."""

    def __init__(
        self,
        settings: XdsSettings,
        schema: Schema,
        resources: ResourceSet,
        events: StreamEvents,
        authorize: Authorize | None = None,
    ) -> None:
        """`authorize` None leaves it to the socket's file mode."""
        self._settings = settings
        self._resources = resources
        self._events = events
        self._reader = RequestReader(schema)
        self._sessions: dict[int, _Session] = {}
        self._numbers = itertools.count(1)
        self._authorize = authorize
        self._server: asyncio.Server | None = None
        self._connections = Connections()
        self._complete = asyncio.Event()

    async def start(self) -> None:
        """Listens; returns when proxies can connect.

        Raises:
            XdsError: the socket's path is too long or its folder cannot be used.
        """
        path = self._settings.socket
        _prepare(path)
        loop = asyncio.get_running_loop()
        most = self._settings.max_request_bytes
        self._connections = Connections()
        try:
            self._server = await loop.create_unix_server(
                lambda: Connection(self._admit, most, self._connections), path
            )
            path.chmod(0o600)
        except OSError as error:
            raise XdsError(f"{path}: cannot listen there: {error}") from error

    async def stop(self) -> None:
        """Ends every stream and stops listening; proxies keep what they have."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        await self._connections.close(Status.UNAVAILABLE, "the control plane stops")
        self._settings.socket.unlink(missing_ok=True)

    def notify(self) -> None:
        """Says that the resource set changed: every stream sends what it may send now."""
        for session in self._sessions.values():
            session.changed = True
            session.awake.set()

    def begin(self) -> None:
        """Says that the resource set is complete. Until then proxies may connect but are not
        answered: an answer would take away what they hold and is merely not known yet."""
        self._complete.set()

    @property
    def quiet(self) -> bool:
        """Whether some proxy is connected and all were sent, and have answered, everything there
        is; what is held back for an order's sake is yet to be sent."""
        return bool(self._sessions) and all(
            session.stream.settled and not session.changed for session in self._sessions.values()
        )

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._sessions)

    async def _admit(self, call: Call) -> None:
        """What every call passes before anything else is looked at."""
        if call.method != METHOD:
            raise RefusedError(Status.UNIMPLEMENTED, "this server serves only delta ADS")
        if self._authorize is not None:
            reason = await self._authorize(call.metadata)
            if reason is not None:
                raise RefusedError(Status.UNAUTHENTICATED, reason)
        await self._serve(call)

    async def _serve(self, call: Call) -> None:
        session = _Session(next(self._numbers), self._resources)
        self._sessions[session.number] = session
        refused: RefusedError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                pushing = group.create_task(self._push(session, call))
                try:
                    await self._answer(session, call)
                except RefusedError as error:
                    refused = error  # as itself, not as one of a group
                pushing.cancel()
        finally:
            del self._sessions[session.number]
            self._events.closed(session.number)
        if refused is not None:
            raise refused

    async def _answer(self, session: _Session, call: Call) -> None:
        """Feeds requests to the protocol until the proxy hangs up."""
        await self._complete.wait()
        first = True
        async for body in call.messages():
            try:
                request, node = self._reader.read(body)
            except MalformedRequestError as error:
                raise RefusedError(Status.INVALID_ARGUMENT, str(error)) from error
            if first:
                self._events.opened(session.number, node)
                first = False
            # Written by the other task, so that a proxy which reads slowly is still listened to.
            self._take(session, session.stream.on_request(request))

    async def _push(self, session: _Session, call: Call) -> None:
        """Writes what there is to say; what changes during a write goes out in one piece."""
        while True:
            await session.awake.wait()
            session.awake.clear()
            if session.changed:
                session.changed = False
                self._take(session, session.stream.on_change())
            try:
                while session.outbox:
                    await call.write(session.outbox.popleft())
            except CallEnded:
                return

    def _take(self, session: _Session, responses: list[Response]) -> None:
        """What the protocol has to say: outcomes are told, responses are put into the outbox."""
        for outcome in session.stream.take_outcomes():
            self._events.outcome(session.number, outcome)
        for response in responses:
            body = encode(response)
            self._events.sent(response.type_url, len(response.resources), len(body))
            session.outbox.append(body)
        if session.outbox:
            session.awake.set()


def _prepare(path: Path) -> None:
    """Sees to it that the socket's folder is private; removes the socket of an earlier run."""
    size = len(bytes(path))
    if size > _SOCKET_PATH_BYTES:
        raise XdsError(
            f"{path}: {size} bytes are too long for a unix socket, which may have "
            f"{_SOCKET_PATH_BYTES}. Choose a run folder with a shorter path."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.parent.stat().st_mode)
        if mode & 0o077:
            raise XdsError(
                f"{path.parent}: others may enter this folder (mode {mode:04o}), and with it reach "
                f"the configuration of the proxy. Run: chmod 700 {path.parent}"
            )
        if path.exists() and stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except OSError as error:
        raise XdsError(f"{path}: its folder cannot be used: {error}") from error
