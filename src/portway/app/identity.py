"""The authority of one installation in its cluster: kept in a Secret, shared by all replicas.

Composition only: what a keyring is and when it turns is `adapters.identity`'s, how a Secret is read
and replaced is `adapters.kube`'s. Whichever replica comes first makes the authority; each shows a
certificate of its own that nobody else has.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from portway.adapters.identity import Door, KeyPair, Keyring, KeyringError
from portway.adapters.identity.keyring import RENEW_BELOW
from portway.adapters.kube import secret
from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import ApiFailure, Garbled, Unreachable
from portway.adapters.kube.rhythm import Backoff

_log = logging.getLogger(__name__)

SECRET: Final = "portway-xds-authority"
# How often it is looked at, in seconds: a third of a certificate's life is two days.
LOOK_SECONDS: Final = 60.0

FAILURES: Final = (ApiFailure, Unreachable, Garbled)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Identity:
    """Who this control plane is, and by which authority it knows others."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        host: str,
        *,
        clock: Callable[[], datetime] = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``namespace``: where the authority is kept; ``host``: how proxies call us."""
        self.door = Door()
        self.ring: Keyring | None = None
        """What was read last; None until it was, for the first time."""
        self.changed: Callable[[], None] = lambda: None
        """Called when another keyring was read."""
        self._client = client
        self._namespace = namespace
        self._host = host
        self._clock = clock
        self._sleep = sleep
        self._own: KeyPair | None = None
        self._said = ""

    async def open(self) -> None:
        """Return when the door is open: the authority was read or made. The API server may be
        away for as long as it likes."""
        backoff = Backoff(self._client.rhythm)
        while self.ring is None:
            await self._try()
            if self.ring is None:
                await self._sleep(backoff.next())

    async def run(self) -> None:
        """Keep what is shown fresh, until cancelled."""
        while True:
            await self._sleep(LOOK_SECONDS)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.look()
        except (*FAILURES, KeyringError) as failure:
            words = f"Secret {self._namespace}/{SECRET}: {failure}"
            if words != self._said:
                self._said = words
                _log.warning("%s; what was known before stays in force", words)
            self._show()
        else:
            self._said = ""

    async def look(self) -> None:
        """Read the keyring, turn it if it is time, and show what follows from it. Raises one of
        FAILURES, or KeyringError where somebody else has written nonsense."""
        held = await secret.read(self._client, self._namespace, SECRET)
        moment = self._clock()
        ring = Keyring.new(moment) if held is None else Keyring.of(held.data)
        turned = ring.turned(moment)
        if held is None or turned is not ring:
            metadata = {"name": SECRET, "namespace": self._namespace}
            written = await secret.write(self._client, metadata, turned.data, held)
            if written is None:
                return await self.look()  # another replica was faster
        self._take(turned)
        return None

    def _take(self, ring: Keyring) -> None:
        new = self.ring is None or ring.data != self.ring.data
        self.ring = ring if new else self.ring
        self._show(again=new)
        if new:
            self.changed()

    def _show(self, *, again: bool = False) -> None:
        ring, moment = self.ring, self._clock()
        if ring is None:
            return
        if again or self._own is None or self._own.left(moment) < RENEW_BELOW:
            self._own = ring.for_control_plane(self._host, moment)
            self.door.show(self._own, ring.bundle)
