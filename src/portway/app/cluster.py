"""What an instance and a cluster have to do with each other: objects come, statuses go.

Composition only: the source, and if it is asked for the writer of statuses and the election of the
one instance that may write. What we say of an object goes into its status beside what others say.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from portway.adapters.kube import protocol
from portway.adapters.kube.client import Client
from portway.adapters.kube.election import Election
from portway.adapters.kube.source import Batch, ClusterSource
from portway.adapters.kube.status_writer import StatusWriter
from portway.app.statuses import Statuses, applied
from portway.core import model
from portway.core.wiring.core import CONTROLLER

LEASE = "portway"
_OURS = CONTROLLER.encode()


@dataclass(frozen=True, slots=True)
class Candidate:
    """``namespace`` of the lease; ``identity``: ours among all instances of all machines."""

    namespace: str
    identity: str


class Cluster:
    """One cluster, of one instance."""

    def __init__(self, client: Client, candidate: Candidate | None = None) -> None:
        """Without a ``candidate`` nothing is ever written."""
        self._client = client
        self._candidate = candidate
        self.source = ClusterSource(client)
        self.writer: StatusWriter | None = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Why not everything was listed yet."""
        return self.source.waiting

    async def run(
        self, emit: Callable[[Batch], None], statuses: Statuses, settled: Callable[[], bool]
    ) -> None:
        """Tell what the cluster has, and write what is said of it, until cancelled. ``settled``:
        whether all that was told is in the statuses."""
        try:
            async with asyncio.TaskGroup() as group:
                if self._candidate is not None:
                    election = self._election(self._candidate, statuses)
                    self.writer = self._writer(election, statuses, settled)
                    group.create_task(self.writer.run())
                    group.create_task(election.run())
                group.create_task(self.source.run(emit))
        finally:
            await self._client.close()

    def _election(self, candidate: Candidate, statuses: Statuses) -> Election:
        def changed(leads: bool) -> None:
            if leads and self.writer is not None:
                # Whoever led before may have left anything undone.
                self.writer.write(key for key, _ in statuses.items())

        return Election(
            self._client, candidate.namespace, LEASE, candidate.identity, changed=changed
        )

    def _writer(
        self, election: Election, statuses: Statuses, settled: Callable[[], bool]
    ) -> StatusWriter:
        writer = StatusWriter(
            self._client,
            self.source.path,
            statuses.get,
            applied,
            may_write=lambda: election.leading,
            settled=settled,
        )

        def seen(key: model.ObjectKey, raw: msgspec.Raw) -> None:
            # Only where something of ours stands: what was said of it before may hold no more, or
            # somebody may have changed it.
            if _OURS in bytes(raw):
                writer.seen(key, protocol.head(raw).revision)

        def changed(keys: Iterable[model.ObjectKey]) -> None:
            writer.write(keys)

        self.source.seen = seen
        statuses.changed = changed
        return writer
