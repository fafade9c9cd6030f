"""The gRPC server proxies get their configuration from.

Knows one method, `DeltaAggregatedResources`, and serves nothing else: what is not registered cannot
be called without credentials by mistake. Every call passes one gate first, which says whose
resources the caller may see, and no stream ever sees others. Must not know what is in a resource or
in which order resources may travel: `portway.core.delta` says what to send, this sends it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from portway.adapters.xds.call import Call, CallEnded, RefusedError, Status
from portway.adapters.xds.caller import Caller
from portway.adapters.xds.connection import Connection, Connections
from portway.adapters.xds.encoding import MalformedRequestError, RequestReader, encode
from portway.adapters.xds.entrance import Entrance
from portway.core.delta import Outcome, ResourceSet, Response, Stream
from portway.core.schema import Schema

METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"

# The largest request in bytes: a proxy that reconnects names all it has in one.
_REQUEST_BYTES = 64 * 1024 * 1024

# How long, in seconds, one of several proxies is waited for that does not answer. It may hang, and
# the others' statuses and repairs must not hang with it.
_PATIENCE = 10.0

Authorize = Callable[[Caller], str]
"""Whose resources a caller may see. Raises RefusedError: nobody's."""


def anybody(_: Caller) -> str:
    """For entrances that only one owner's proxies can reach."""
    return ""


@dataclass(frozen=True, slots=True)
class StreamEvents:
    """Whom to tell. All are called from the event loop and must return at once.

    Attributes:
        outcome: a proxy accepted or refused a response.
        opened: a stream began: its owner, and the node id it claims.
        complete: it has, for the first time, answered for everything there is.
        closed: a stream that had begun ended.
        sent: a response left: its type, how many resources it holds, how many bytes it is.
    """

    outcome: Callable[[int, Outcome], None]
    opened: Callable[[int, str, str], None] = lambda _stream, _owner, _node: None
    complete: Callable[[int], None] = lambda _stream: None
    closed: Callable[[int], None] = lambda _stream: None
    sent: Callable[[str, int, int], None] = lambda _type, _resources, _size: None


class _Session:
    """One open stream: the protocol's state and the right to write."""

    def __init__(self, number: int, owner: str, resources: ResourceSet) -> None:
        self.number = number
        self.owner = owner
        self.stream = Stream(resources)
        self.changed = False
        self.complete = False
        self.busy_since: float | None = time.monotonic()
        # Responses leave in the order the protocol made them, whoever caused them. It has one
        # outstanding for each type, so there are never more than a few.
        self.outbox: deque[bytes] = deque()
        self.awake = asyncio.Event()


class XdsServer:
    """Serves each owner's resources to any number of streams."""

    def __init__(
        self,
        entrance: Entrance,
        schema: Schema,
        resources: Callable[[str], ResourceSet],
        events: StreamEvents,
        authorize: Authorize = anybody,
    ) -> None:
        """`resources` gives those of an owner; it is asked when a stream begins."""
        self._entrance = entrance
        self._resources = resources
        self._events = events
        self._reader = RequestReader(schema)
        self._sessions: dict[int, _Session] = {}
        self._by_owner: dict[str, set[int]] = {}
        self._numbers = itertools.count(1)
        self._authorize = authorize
        self._server: asyncio.Server | None = None
        self._connections = Connections()
        self._complete = asyncio.Event()

    async def start(self) -> None:
        """Listens; returns when proxies can connect.

        Raises:
            XdsError: the entrance cannot be opened.
        """
        self._connections = Connections()
        self._server = await self._entrance.listen(
            lambda: Connection(self._admit, _REQUEST_BYTES, self._connections)
        )

    async def stop(self) -> None:
        """Ends every stream and stops listening; proxies keep what they have."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        await self._connections.close(Status.UNAVAILABLE, "the control plane stops")
        self._entrance.leave()

    def notify(self, owners: Iterable[str] | None = None) -> None:
        """Says that the resources of these owners (None: of all) changed: their streams send what
        they may send now."""
        if owners is None:
            sessions: Iterable[_Session] = self._sessions.values()
        else:
            numbers = (each for owner in owners for each in self._by_owner.get(owner, ()))
            sessions = (self._sessions[each] for each in numbers)
        for session in sessions:
            session.changed = True
            session.awake.set()

    def begin(self) -> None:
        """Says that the resource set is complete. Until then proxies may connect but are not
        answered: an answer would take away what they hold and is merely not known yet."""
        self._complete.set()

    def quiet(self) -> bool:
        """Whether some proxy is connected and all were sent, and have answered, everything there
        is; what is held back for an order's sake is yet to be sent. One of several that has not
        answered for long is passed over."""
        late = time.monotonic() - _PATIENCE if len(self._sessions) > 1 else None
        return bool(self._sessions) and all(
            (session.stream.settled and not session.changed)
            or (late is not None and session.busy_since is not None and session.busy_since < late)
            for session in self._sessions.values()
        )

    def answered(self, owner: str) -> bool:
        """Whether all proxies of an owner that are connected were sent, and have answered,
        everything there is."""
        mine = (self._sessions[each] for each in self._by_owner.get(owner, ()))
        return all(each.stream.settled and not each.changed for each in mine)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._sessions)

    async def _admit(self, call: Call) -> None:
        """What every call passes before anything else is looked at."""
        if call.method != METHOD:
            raise RefusedError(Status.UNIMPLEMENTED, "this server serves only delta ADS")
        owner = self._authorize(call.caller)
        until = call.caller.until
        if until is None:
            await self._serve(call, owner)
            return
        # Whoever it was may be somebody else now: it has to show what it has in place of this.
        with suppress(TimeoutError):
            async with asyncio.timeout(until - time.time()):
                await self._serve(call, owner)
                return
        raise RefusedError(Status.UNAUTHENTICATED, "the certificate has ended")

    async def _serve(self, call: Call, owner: str) -> None:
        await self._complete.wait()
        session = _Session(next(self._numbers), owner, self._resources(owner))
        self._sessions[session.number] = session
        self._by_owner.setdefault(owner, set()).add(session.number)
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
            self._leave(session)
        if refused is not None:
            raise refused

    def _leave(self, session: _Session) -> None:
        del self._sessions[session.number]
        mine = self._by_owner[session.owner]
        mine.discard(session.number)
        if not mine:
            del self._by_owner[session.owner]
        self._events.closed(session.number)

    async def _answer(self, session: _Session, call: Call) -> None:
        """Feeds requests to the protocol until the proxy hangs up."""
        first = True
        async for body in call.messages():
            try:
                request, node = self._reader.read(body)
            except MalformedRequestError as error:
                raise RefusedError(Status.INVALID_ARGUMENT, str(error)) from error
            if first:
                self._events.opened(session.number, session.owner, node)
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
        self._note(session)

    def _note(self, session: _Session) -> None:
        """How far it is."""
        if not session.stream.settled:
            session.busy_since = session.busy_since or time.monotonic()
            return
        session.busy_since = None
        if not session.complete:
            session.complete = True
            self._events.complete(session.number)
