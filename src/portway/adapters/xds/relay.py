"""Where a proxy gets its configuration when its control plane is elsewhere, or away.

The proxy asks at a unix socket, always the same one. Behind it is the control plane; and for a
proxy that has nothing yet, while no control plane answers, whoever stands in for it. As soon as
there is a control plane again the proxy is cut off from the stand-in and asks anew, as after any
reconnect: it says what it has, is told what differs, and what is gone is taken away.

Knows when which of the two it is. Must not know what travels: bytes are handed on unread. A proxy
that has a configuration never gets the stand-in's: that is older.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from portway.adapters.xds.entrance import XdsError, private_folder
from portway.adapters.xds.pipe import Pipe, join

_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Pipe]]
"""Raises OSError: nobody is there. Its message is for people."""
_T = TypeVar("_T")
# What is more, in bytes, is not just a connection being set up. A configuration that is less is
# ready long before anybody loses patience.
_WORDS = 4096
_AWAY = "the control plane cannot be reached"


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds.

    Attributes:
        connect: for a connection to the control plane.
        answer: for the control plane's first words, until the stand-in is asked.
        take: for a proxy to be ready with what the stand-in has, which may be a lot.
        first: between two tries of the control plane, at least.
        longest: and at most; many proxies ask, so each takes something in between.
    """

    connect: float = 3.0
    answer: float = 5.0
    take: float = 30.0
    first: float = 0.4
    longest: float = 1.5


class Relay:
    """One socket for one proxy."""

    def __init__(
        self,
        path: Path,
        control_plane: Connect,
        stand_in: Connect | None,
        empty: Callable[[], bool],
        patience: Patience | None = None,
    ) -> None:
        """``path`` of the socket, in a private folder. ``empty``: whether the proxy has no
        configuration yet, not even an old one. ``stand_in``: None where there is none."""
        self._path = path
        self._control_plane = control_plane
        self._stand_in = stand_in
        self._empty = empty
        self._patience = patience or Patience()
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._silent = False  # the control plane was there, and said nothing
        self._found: Pipe | None = None  # a control plane that was looked for and waits for us
        self._said: dict[str, str] = {}
        self.standing_in = False
        """Whether the proxy has what it has from the stand-in."""

    async def start(self) -> None:
        """Listen. Raises XdsError."""
        private_folder(self._path)
        try:
            self._server = await asyncio.start_unix_server(self._accept, self._path)
            self._path.chmod(0o600)
        except OSError as error:
            raise XdsError(f"{self._path}: cannot listen there: {error}") from error

    async def stop(self) -> None:
        """Cut everybody off, and listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in tuple(self._calls):
            each.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        self._drop_found()
        self._path.unlink(missing_ok=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.ensure_future(self._call(Pipe(reader, writer)))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, near: Pipe) -> None:
        try:
            await self._serve(near)
        finally:
            near.close()

    async def _serve(self, near: Pipe) -> None:
        silent, self._silent = self._silent, False
        if not (silent and self._empty()):
            far = await self._reach()
            if far is not None:
                self.standing_in = False
                await self._with_control_plane(near, far)
                return
        if self._stand_in is not None and self._empty():
            try:
                far = await self._stand_in()
            except OSError as error:
                self._say("nobody stands in for the control plane", str(error))
            else:
                self.standing_in = True
                await self._with_stand_in(near, far)
                return
        await self._pause()

    async def _with_control_plane(self, near: Pipe, far: Pipe) -> None:
        heard = 0

        def came(count: int) -> None:
            nonlocal heard
            heard += count

        joined = asyncio.ensure_future(join(near, far, came))
        try:
            if self._stand_in is not None and self._empty():
                # One that lets us in and says nothing is as good as none.
                await asyncio.wait((joined,), timeout=self._patience.answer)
                if not joined.done() and self._empty() and heard < _WORDS:
                    self._silent = True
                    return
            await joined
        finally:
            await _end(joined)

    async def _with_stand_in(self, near: Pipe, far: Pipe) -> None:
        joined = asyncio.ensure_future(join(near, far))
        looking = asyncio.ensure_future(self._look())
        try:
            await asyncio.wait((joined, looking), return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                self._drop_found()
                self._found = looking.result()
        finally:
            await _end(joined)
            if (late := await _end(looking)) is not None and late is not self._found:
                late.close()

    async def _look(self) -> Pipe:
        """A control plane, as soon as there is one and the proxy has taken what there is here: one
        that had to begin again before that would only be ready later."""
        give_up = asyncio.get_running_loop().time() + self._patience.take
        while True:
            await self._pause()
            late = asyncio.get_running_loop().time() > give_up
            if (late or not self._empty()) and (found := await self._reach()) is not None:
                return found

    async def _reach(self) -> Pipe | None:
        """The control plane; None where nobody answers."""
        found, self._found = self._found, None
        if found is not None:
            return found
        try:
            async with asyncio.timeout(self._patience.connect):
                made = await self._control_plane()
        except TimeoutError:
            self._say(_AWAY, "no answer")
        except OSError as error:
            self._say(_AWAY, str(error))
        else:
            self._said.clear()
            return made
        return None

    async def _pause(self) -> None:
        await asyncio.sleep(random.uniform(self._patience.first, self._patience.longest))

    def _drop_found(self) -> None:
        if self._found is not None:
            self._found.close()
            self._found = None

    def _say(self, what: str, words: str) -> None:
        """Once for each spell."""
        if self._said.get(what) != words:
            self._said[what] = words
            _log.warning("%s: %s", what, words)


async def _end(task: asyncio.Future[_T]) -> _T | None:
    """Cancel it and wait until it has ended; what it brought, if it was faster."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        return await task
    return None
