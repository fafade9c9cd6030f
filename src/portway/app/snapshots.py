"""The last good configuration of each Gateway's proxies, in Secrets beside them.

Composition only, and for the one replica that may write. What is kept is what all proxies of the
Gateway have acknowledged: a proxy that starts while no control plane answers begins with it. It is
kept in a Secret since private keys are among it, with nothing in it that the credentials beside it
would not get from a control plane. One that has outgrown a Secret is replaced by an empty one: an
old configuration leads to addresses that may be somebody else's by now.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from portway.adapters.kube import secret
from portway.adapters.kube.client import Client
from portway.app.credentials import Wanted, ours
from portway.app.identity import FAILURES, now
from portway.app.last_good import FILE
from portway.core import delta, infra, model

_log = logging.getLogger(__name__)

DIGEST: Final = "portway.dev/digest"
"""The annotation that says what is in one, so that it need not be read."""
# What an API server takes for all values of a Secret together, in bytes.
LARGEST: Final = 1024 * 1024

Good = Callable[[str], delta.ResourceSet | None]
"""What an owner's proxies are to hold, where all of them have taken it; None where they have not,
or where there are none."""


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds.

    Attributes:
        look: between looks at what has changed.
        gap: between two writes of one Gateway at least.
        pause: after each write, whosever it is.
        retry: after one that failed.
        again: between looks whether somebody has deleted or changed one.
    """

    look: float = 1.0
    gap: float = 30.0
    pause: float = 0.5
    retry: float = 5.0
    again: float = 300.0


@dataclass(slots=True)
class _Kept:
    """What is known of one Secret.

    Attributes:
        due: when it may be looked at again.
        stale: when it has to be read again, since others can write too.
        metadata: as it was last seen; None: it has to be read.
        digest: of what is in it.
        wanted: what its metadata was to be.
        resources: that were put into it, and as of which of their revisions.
    """

    due: float
    stale: float = 0.0
    metadata: dict[str, Any] | None = None
    digest: str = ""
    wanted: infra.Document | None = None
    resources: tuple[delta.ResourceSet, int] | None = None


class Snapshots:
    """Keeps the Secrets of all Gateways that have proxies."""

    def __init__(
        self,
        client: Client,
        wanted: Callable[[], Iterable[Wanted]],
        good: Good,
        may_write: Callable[[], bool],
        times: Times | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``wanted``: the Gateways, and the metadata of their Secrets. ``clock`` counts seconds."""
        self._client = client
        self._wanted = wanted
        self._good = good
        self._may_write = may_write
        self._times = times or Times()
        self._clock = clock
        self._kept: dict[model.ObjectKey, _Kept] = {}
        self._said: set[str] = set()

    async def run(self) -> None:
        """Keep them until cancelled."""
        while True:
            await asyncio.sleep(self._times.look)
            if not self._may_write():
                # Whoever writes meanwhile leaves other revisions behind.
                self._kept.clear()
                continue
            wanted = tuple(self._wanted())
            for gone in self._kept.keys() - {each.gateway for each in wanted}:
                del self._kept[gone]
            for each in wanted:
                if self._may_write() and await self._keep(each):
                    await asyncio.sleep(self._times.pause)

    async def _keep(self, each: Wanted) -> bool:
        """See to one; True when the API server was asked for something."""
        kept = self._kept.get(each.gateway)
        if kept is not None and self._clock() < kept.due:
            return False
        if kept is not None and self._clock() >= kept.stale:
            kept = None
        owner = f"{each.gateway.namespace}/{each.gateway.name}"
        resources = self._good(owner)
        if resources is None:
            return False
        seen = (resources, resources.revision)
        same = kept is not None and kept.wanted == each.metadata
        if kept is not None and same and kept.resources == seen:
            return False
        found = resources.all()
        digest = delta.digest(found)
        if kept is not None and same and kept.digest == digest:
            kept.resources = seen
            return False
        try:
            made = await self._see_to(each, kept, digest, delta.Snapshot(owner, _now(), found))
        except FAILURES as failure:
            self._say(each, str(failure))
            made = None
        clock = self._clock()
        self._kept[each.gateway] = (
            # Somebody else may have written: it is read again.
            _Kept(clock + self._times.retry)
            if made is None
            else _Kept(
                clock + self._times.gap,
                clock + self._times.again,
                made,
                digest,
                each.metadata,
                seen,
            )
        )
        return True

    async def _see_to(
        self, each: Wanted, kept: _Kept | None, digest: str, snapshot: delta.Snapshot
    ) -> dict[str, Any] | None:
        """Write it unless it is there already. Returns its metadata; None where it is somebody
        else's, or somebody else was faster."""
        wanted = each.metadata
        if kept is not None and kept.metadata is not None:
            held: secret.Secret | None = secret.Secret(kept.metadata, {})
        else:
            held = await secret.read(self._client, wanted["namespace"], wanted["name"])
        if held is not None and not ours(held, wanted):
            self._say(each, "somebody else has made it; delete it, or rename the Gateway")
            return None
        if held is not None and (held.metadata.get("annotations") or {}).get(DIGEST) == digest:
            return held.metadata
        # Some tenths of a second for the largest, during which others have to be served.
        data = await asyncio.to_thread(delta.pack, snapshot)
        if len(data) > LARGEST:
            self._say(
                each,
                f"the configuration is {len(data)} bytes, and {LARGEST} is what a Secret holds; "
                "proxies that start while no control plane answers have to wait for one",
            )
        content = {FILE: data} if len(data) <= LARGEST else {}
        metadata = {**wanted, "annotations": {**wanted["annotations"], DIGEST: digest}}
        made = await secret.write(self._client, metadata, content, held, infra.SNAPSHOT_TYPE)
        return None if made is None else made.metadata

    def _say(self, each: Wanted, words: str) -> None:
        """Once for each."""
        said = f"Secret {each.metadata['namespace']}/{each.metadata['name']}: {words}"
        if said not in self._said:
            self._said.add(said)
            _log.warning("%s", said)


def _now() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")
