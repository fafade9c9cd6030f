"""What each replica of a control plane tells the others, in a ConfigMap of its own.

Knows how it is written, followed and forgotten. Must not know what is said. A word counts while it
is renewed, by the clock of who listens: nobody's clocks need to agree. One that leaves in order
says so, and is forgotten as soon as what it served can have gone elsewhere.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.protocol import Metadata
from portway.adapters.kube.reflector import Reflector

_log = logging.getLogger(__name__)

REPLICA: Final = "portway.dev/replica"
"""The label of these ConfigMaps."""
_LEAVING: Final = "portway.dev/leaving"
_RENEWED: Final = "portway.dev/renewed"
_WORD: Final = "word"
_MANAGER: Final = "portway-replica"


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds.

    Attributes:
        gap: between two writes at least.
        renew: between two writes at most.
        good: how long a word counts that is not renewed.
        leave: how long the word of one that has left counts.
        keep: after which the ConfigMap of one that is gone is cleared away.
    """

    gap: float = 1.0
    renew: float = 5.0
    good: float = 15.0
    leave: float = 3.0
    keep: float = 120.0


class _Word(msgspec.Struct):
    metadata: Metadata
    data: dict[str, str] | None = None


@dataclass(slots=True)
class _Heard:
    """Of one replica: when it last said anything, and how long that counts."""

    at: float
    good: float
    counts: bool = True


class Replicas:
    """One replica among others, for as long as it runs."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        identity: str,
        word: Callable[[], bytes],
        hear: Callable[[str, bytes], None],
        *,
        clears: Callable[[], bool] = lambda: False,
        times: Times | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``word``: what we say now. ``hear`` is told what another one says, empty once that does
        not count any more. ``clears``: whether it is on us to clear away what the dead have left.
        ``clock`` counts seconds."""
        self._client = client
        self._list = f"/api/v1/namespaces/{namespace}/configmaps"
        self._namespace = namespace
        self._name = f"portway-replica-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
        self._word = word
        self._hear = hear
        self._clears = clears
        self._times = times or Times()
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._news = asyncio.Event()
        self._said = ""
        self._reflector = Reflector(client, self._list, self._take, labels=REPLICA)

    @property
    def listed(self) -> asyncio.Event:
        """Set once everything that others have said was told."""
        return self._reflector.listed

    def changed(self) -> None:
        """We have something else to say."""
        self._news.set()

    async def run(self) -> None:
        """Tell and listen until cancelled; then take leave."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reflector.run())
                group.create_task(self._telling())
                group.create_task(self._forgetting())
        finally:
            await self._leave()

    # -- telling ---------------------------------------------------------------------------

    async def _telling(self) -> None:
        while True:
            self._news.clear()
            await self._tell()
            await asyncio.sleep(self._times.gap)
            try:
                async with asyncio.timeout(self._times.renew - self._times.gap):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _tell(self, *, leaving: bool = False) -> None:
        try:
            async with asyncio.timeout(self._times.good / 2):
                await self._client.apply(
                    f"{self._list}/{self._name}", self._document(leaving=leaving), _MANAGER
                )
        except (ApiFailure, Unreachable, TimeoutError) as failure:
            words = f"other replicas cannot be told of our proxies: {failure or 'no answer'}"
            if words != self._said:
                _log.warning("%s; it is tried again", words)
            self._said = words
        else:
            self._said = ""

    def _document(self, *, leaving: bool) -> bytes:
        annotations = {_RENEWED: str(time.time_ns()), **({_LEAVING: "true"} if leaving else {})}
        document = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self._name,
                "namespace": self._namespace,
                "labels": {REPLICA: self._name},
                "annotations": annotations,
            },
            "data": {_WORD: self._word().decode()},
        }
        return msgspec.json.encode(document)

    async def _leave(self) -> None:
        """It does no harm if this fails."""
        await self._tell(leaving=True)

    # -- listening -------------------------------------------------------------------------

    def _take(self, changes: list[Change]) -> None:
        for change in changes:
            if change.place.name == self._name:
                continue
            if change.object is None:
                self._gone(change.place.name)
                continue
            try:
                word = msgspec.json.decode(change.object, type=_Word)
            except msgspec.DecodeError as error:
                _log.warning("%s is no word of a replica: %s", change.place.name, error)
                continue
            leaving = _LEAVING in (word.metadata.annotations or {})
            good = self._times.leave if leaving else self._good
            self._heard[change.place.name] = _Heard(self._clock(), good)
            self._hear(change.place.name, (word.data or {}).get(_WORD, "").encode())

    @property
    def _good(self) -> float:
        # What was there before we were may be a dead one's: a living one renews it soon.
        known = self._reflector.listed.is_set()
        return self._times.good if known else min(self._times.good, 1.5 * self._times.renew)

    def _gone(self, name: str) -> None:
        heard = self._heard.pop(name, None)
        if heard is not None and heard.counts:
            self._hear(name, b"")

    async def _forgetting(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._times.leave / 2))
            await self.forget()

    async def forget(self) -> None:
        """What was not renewed does not count any more; what is long dead is cleared away."""
        now = self._clock()
        for name, heard in list(self._heard.items()):
            silent = now - heard.at
            if heard.counts and silent > heard.good:
                heard.counts = False
                self._hear(name, b"")
            if silent > self._times.keep and self._clears():
                await self._clear(name)

    async def _clear(self, name: str) -> None:
        try:
            await self._client.delete(f"{self._list}/{name}")
        except ApiFailure as failure:
            if failure.status != NOT_FOUND:
                _log.debug("%s stays: %s", name, failure)
                return
        except (Unreachable, Garbled):
            return
        self._gone(name)
