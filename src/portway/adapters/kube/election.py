"""Which one of several may write: the one that holds a Lease (coordination.k8s.io/v1).

Knows the protocol of Kubernetes' own components, so that no two clocks need to agree: a holder
counts as dead when its lease was not renewed for as long as it is good, by the clock of who
watches. A holder counts itself as dead earlier, and by the clock alone: one that hangs, or that
waits for an answer, is no leader when it wakes up. Must not know what leaders do.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable

_log = logging.getLogger(__name__)

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """In seconds.

    Attributes:
        duration: how long a lease is good after its last renewal.
        deadline: how long after its last renewal the holder still leads; less than `duration`, and
            what is between them is for what it has sent already.
        retry: between tries, of holders and of others.
    """

    duration: float = 15.0
    deadline: float = 10.0
    retry: float = 2.0


class _Spec(msgspec.Struct, rename="camel", omit_defaults=True):
    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class _Lease(msgspec.Struct):
    metadata: dict[str, Any]
    spec: _Spec | None = None


class Election:
    """One candidate."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        name: str,
        identity: str,
        *,
        changed: Callable[[bool], None] = lambda _: None,
        times: LeaseTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``identity`` is ours alone. ``changed`` is told when we begin to lead, and when we see
        that we do not any more; what counts is `leading`. ``clock`` counts seconds."""
        self._client = client
        self._leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name = name
        self._path = f"{self._leases}/{name}"
        self._identity = identity
        self._changed = changed
        self._times = times or LeaseTimes()
        self._clock = clock
        self._sleep = sleep
        self._now = now
        self._leads_until: float | None = None
        self._led = False
        self._seen: tuple[_Spec, float] | None = None  # somebody's lease, and since when it is so
        self._said = ""

    @property
    def leading(self) -> bool:
        """Whether we may write, now."""
        return self._leads_until is not None and self._clock() < self._leads_until

    async def run(self) -> None:
        """Be a candidate until cancelled; then let go."""
        try:
            while True:
                await self._try()
                self._tell()
                await self._sleep(self._times.retry * (1 + random.random() / 5))
        finally:
            if self.leading:
                await self._release()

    async def _try(self) -> None:
        started = self._clock()
        try:
            async with asyncio.timeout(self._times.deadline):
                held = await self._held()
        except (ApiFailure, Unreachable, Garbled, TimeoutError) as failure:
            self._say(f"the lease {self._path} cannot be had: {failure or 'no answer in time'}")
            if isinstance(failure, TimeoutError):
                # A server whose packets vanish refuses nobody: here it is noticed first.
                self._client.note("no answer in time")
            return
        # One that had run out meanwhile was lost, however soon it is ours again: whoever was to
        # write then has given up, and is told to begin anew.
        self._tell()
        # From before we asked: whoever waits for us to be dead saw this later.
        self._leads_until = started + self._times.deadline if held else None
        self._said = ""

    async def _held(self) -> bool:
        """Take the lease or renew it, if it is ours to take."""
        try:
            lease = _decode(await self._client.get(self._path))
        except ApiFailure as failure:
            if failure.status != NOT_FOUND:
                raise
            return await self._won(_Lease({"name": self._name}), new=True)
        spec = lease.spec or _Spec()
        if spec.holder_identity not in (None, "", self._identity) and not self._dead(spec):
            return False
        return await self._won(lease)

    async def _won(self, lease: _Lease, *, new: bool = False) -> bool:
        try:
            await self._write(lease, new=new)
        except ApiFailure as failure:
            if failure.status != _CONFLICT:
                raise
            return False  # somebody was faster
        return True

    def _dead(self, spec: _Spec) -> bool:
        """Whether somebody's lease has not changed for as long as it is good."""
        if self._seen is None or self._seen[0] != spec:
            self._seen = (spec, self._clock())
        good = spec.lease_duration_seconds or self._times.duration
        return self._clock() - self._seen[1] > good

    async def _write(self, lease: _Lease, *, new: bool) -> None:
        before = lease.spec or _Spec()
        ours = before.holder_identity == self._identity
        moment = self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        transitions = before.lease_transitions or 0
        spec = _Spec(
            self._identity,
            round(self._times.duration),
            before.acquire_time if ours else moment,
            moment,
            transitions if ours or new else transitions + 1,
        )
        await self._put(lease.metadata, spec, new=new)

    async def _put(self, metadata: dict[str, Any], spec: _Spec, *, new: bool = False) -> None:
        kept = {key: value for key, value in metadata.items() if key != "managedFields"}
        document = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": kept,
            "spec": spec,
        }
        path = self._leases if new else self._path
        await self._client.put(path, msgspec.json.encode(document), new=new)

    async def _release(self) -> None:
        """Let the next one lead at once. It does no harm if this fails."""
        self._leads_until = None
        try:
            async with asyncio.timeout(self._times.retry):
                lease = _decode(await self._client.get(self._path))
                spec = lease.spec or _Spec()
                if spec.holder_identity == self._identity:
                    await self._put(lease.metadata, _Spec(lease_transitions=spec.lease_transitions))
        except (ApiFailure, Unreachable, Garbled, TimeoutError) as failure:
            _log.debug("the lease is left to run out: %s", failure)

    def _tell(self) -> None:
        if self.leading is not self._led:
            self._led = not self._led
            _log.info("this is the one that writes" if self._led else "another one writes now")
            self._changed(self._led)

    def _say(self, words: str) -> None:
        """Once for each spell."""
        if words != self._said:
            self._said = words
            _log.warning("%s; nothing is written without it", words)


def _decode(body: bytes) -> _Lease:
    try:
        return msgspec.json.decode(body, type=_Lease)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no lease: {error}") from None
