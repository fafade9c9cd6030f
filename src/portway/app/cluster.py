"""What an instance and a cluster have to do with each other: objects come, statuses go.

Composition only: the source, and if it is asked for the writer of statuses, the keeper of what
proxies show to us, and the election of the one instance that may write. What we say of an object
goes into its status beside what others say.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from portway.adapters.kube import protocol
from portway.adapters.kube.client import Client
from portway.adapters.kube.election import Election
from portway.adapters.kube.extent import EVERYWHERE, Extent
from portway.adapters.kube.itself import controller_of
from portway.adapters.kube.provisioner import Provisioner
from portway.adapters.kube.replicas import Replicas
from portway.adapters.kube.source import Batch, ClusterSource
from portway.adapters.kube.status_writer import StatusWriter
from portway.app import pool_pickers, word
from portway.app.credentials import Credentials, Wanted
from portway.app.gateway_class import GatewayClassKeeper
from portway.app.identity import Identity
from portway.app.service_addresses import ServiceAddresses
from portway.app.snapshots import Good, Snapshots
from portway.app.statuses import KINDS as SAID_OF
from portway.app.statuses import Statuses, applied
from portway.core import api, infra, model
from portway.core.controller_name import CONTROLLER

_log = logging.getLogger(__name__)

LEASE = "portway"

RECONNECT_SECONDS = 3.0
"""How long a proxy may take to connect again, to us or to another replica; until then it counts as
if it had never left. Longer than it waits between two tries (see `adapters.xds.relay`)."""

HEARING_SECONDS = 5.0
"""How long others are listened to at most before anything is served."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``namespace`` of the lease; ``identity``: ours among all instances of all machines;
    ``gateway_class``: to be kept in being by who leads, empty: none."""

    namespace: str
    identity: str
    gateway_class: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """Proxies that come from the cluster: by which authority they are known (``identity``), where
    they are served and, if we are to make them, what they are like."""

    identity: Identity
    address: tuple[str, int]
    made: infra.Defaults | None = None


class _Held:
    """What was told, kept back until what it is acted on with is known (see `Cluster._release`)."""

    def __init__(self, emit: Callable[[Batch], None], listed: asyncio.Event) -> None:
        """``listed`` is set once the first listing was passed on."""
        self._emit = emit
        self._listed = listed
        self._held: list[Batch] | None = []

    def take(self, batch: Batch) -> None:
        if self._held is not None:
            self._held.append(batch)
            return
        self._emit(batch)
        if batch.listed:
            self._listed.set()

    def release(self) -> None:
        held, self._held = self._held or [], None
        for each in held:
            self.take(each)


class Cluster:
    """One cluster, of one instance."""

    def __init__(
        self,
        client: Client,
        candidate: Candidate | None = None,
        remote: Remote | None = None,
        controller: str = CONTROLLER,
        extent: Extent = EVERYWHERE,
    ) -> None:
        """Without a ``candidate`` nothing is ever written, but for the authority of ``remote``
        proxies where there is none yet. ``controller`` is our name in statuses; ``extent``: which
        part of the cluster is read."""
        self._client = client
        self._candidate = candidate
        self._controller = controller
        self.remote = remote
        self.source = ClusterSource(client, extent)
        self.writer: StatusWriter | None = None
        self._credentials: Credentials | None = None
        self.wanted: Callable[[], Iterable[Wanted]] = tuple
        """Which Gateways have proxies that show a certificate."""
        self.remembered: Callable[[], Iterable[Wanted]] = tuple
        """The same, with the Secrets that their last good configuration is kept in."""
        self.good: Good = lambda _owner: None
        """What it is."""
        self.word: Callable[[], word.Word] = lambda: word.NOTHING
        """What those that are connected to us have acknowledged and refused."""
        self.heard: Callable[[str, word.Word | None], None] = lambda _by, _word: None
        """Told what another replica says of its own; None: it has none any more."""
        self._replicas: Replicas | None = None
        self.provisioner: Provisioner | None = None
        self.moved: Callable[[], None] = lambda: None
        """Called when the address of a Gateway may be another one."""
        self.addresses = ServiceAddresses(lambda: self.moved())
        self._listed = asyncio.Event()
        self._introduced = False
        self._leads: Callable[[], bool] = lambda: False
        self._all_told: Callable[[], bool] = lambda: False
        if remote is not None and remote.made is not None:
            self.provisioner = Provisioner(
                client,
                infra.PICKER_KINDS if self._makes_pickers else infra.KINDS,
                f"{infra.MANAGED_LABEL}={infra.managed_by(controller)}",
                may_write=lambda: self._leads(),
                settled=lambda: self._all_told(),
                seen=self.addresses.seen,
                extent=extent,
            )

    @property
    def waiting(self) -> tuple[str, ...]:
        """Why not everything was listed yet."""
        if not self.source.waiting and self.remote is not None and not self._introduced:
            return ("the other replicas have not been heard yet",)
        return self.source.waiting

    @property
    def _makes_pickers(self) -> bool:
        return bool(self.remote and self.remote.made and self.remote.made.picker_role)

    def told(self, events: tuple[api.Event, ...]) -> tuple[api.Event, ...]:
        """What the cluster has, as the core is to see it."""
        return pool_pickers.told(events) if self._makes_pickers else events

    async def run(
        self, emit: Callable[[Batch], None], statuses: Statuses, settled: Callable[[], bool]
    ) -> None:
        """Tell what the cluster has, and write what is said of it, until cancelled. ``settled``:
        whether all that was told is in the statuses."""

        first = _Held(emit, self._listed)
        try:
            async with asyncio.TaskGroup() as group:
                if self._candidate is not None:
                    election = self._election(self._candidate, statuses)
                    self.writer = self._writer(election, statuses, settled)
                    group.create_task(self.writer.run())
                    if self._candidate.gateway_class:
                        group.create_task(self._class(self._candidate, election).run())
                    if self.remote is not None:
                        group.create_task(self._keeper(election, self.remote.identity).run())
                        group.create_task(self._peers(self._candidate, election).run())
                        group.create_task(self._keeping(election).run())
                    if self.provisioner is not None:
                        self._leads = lambda: election.leading
                        self._all_told = settled
                        group.create_task(self.provisioner.run())
                    group.create_task(self._stand(election))
                group.create_task(self._release(first))
                group.create_task(self.source.run(first.take))
        finally:
            await self._client.close()

    async def _release(self, first: _Held) -> None:
        """Let go what is held once the Services of Gateways are known, since where proxies listen
        depends on them, and a listener that moved to and fro would lose its connections; and once
        others have been heard, since what they know to be refused would be sent again."""
        if self._candidate is not None and self.provisioner is not None:
            await self.provisioner.listed.wait()
        if self._replicas is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARING_SECONDS):
                    await self._replicas.listed.wait()
        self._introduced = True
        first.release()

    def provision(self, manifests: Mapping[model.ObjectKey, bytes | None]) -> None:
        """What is to be made for Gateways and pools; None: nothing any more."""
        if self.provisioner is not None:
            for owner, documents in manifests.items():
                found = None if documents is None else tuple(msgspec.json.decode(documents))
                self.provisioner.want(owner, found)

    async def _stand(self, election: Election) -> None:
        """Be a candidate, unless the API is that of one of our name; with remote proxies only once
        those had the time to come back: whoever writes before would say of each Gateway that it has
        none."""
        if self.remote is not None:
            await self._listed.wait()
            await asyncio.sleep(RECONNECT_SECONDS)
        if await controller_of(self._client) == self._controller:
            _log.error(
                "the API server %s is that of an instance which is the controller %s itself and "
                "writes its statuses; nothing is written from here: choose another name with "
                "--controller-name and name it in a GatewayClass, or leave out --write-status",
                self._client.server,
                self._controller,
            )
            return
        await election.run()

    def _peers(self, candidate: Candidate, election: Election) -> Replicas:
        self._replicas = Replicas(
            self._client,
            candidate.namespace,
            candidate.identity,
            lambda: word.encode(self.word()),
            self._hear,
            clears=lambda: election.leading,
        )
        return self._replicas

    def _hear(self, by: str, said: bytes) -> None:
        try:
            self.heard(by, word.decode(said) if said else None)
        except msgspec.DecodeError as error:
            _log.warning("%s says what cannot be read: %s", by, error)

    def acknowledged(self) -> None:
        """What our proxies have acknowledged or refused has changed."""
        if self._replicas is not None:
            self._replicas.changed()

    def _class(self, candidate: Candidate, election: Election) -> GatewayClassKeeper:
        return GatewayClassKeeper(
            self._client,
            candidate.gateway_class,
            self.source.path,
            lambda: election.leading,
            controller=self._controller,
        )

    def _keeper(self, election: Election, identity: Identity) -> Credentials:
        self._credentials = Credentials(
            self._client, identity, lambda: self.wanted(), lambda: election.leading
        )
        identity.changed = self._credentials.look_at_all
        return self._credentials

    def _keeping(self, election: Election) -> Snapshots:
        return Snapshots(
            self._client,
            lambda: self.remembered(),
            lambda owner: self.good(owner),
            lambda: election.leading,
        )

    def _election(self, candidate: Candidate, statuses: Statuses) -> Election:
        def changed(leads: bool) -> None:
            if leads and self.writer is not None:
                # Whoever led before may have left anything undone.
                self.writer.write(key for key, _ in statuses.items())
            if self._credentials is not None:
                self._credentials.look_at_all()
            if leads and self.provisioner is not None:
                self.provisioner.look_at_all()

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
            partial(applied, controller=self._controller),
            may_write=lambda: election.leading,
            settled=settled,
        )

        def seen(key: model.ObjectKey, raw: msgspec.Raw) -> None:
            # Only where something of ours stands: what was said of it before may hold no more, or
            # somebody may have changed it.
            if key.kind in SAID_OF and self._controller.encode() in bytes(raw):
                writer.seen(key, protocol.head(raw).revision)

        def changed(keys: Iterable[model.ObjectKey]) -> None:
            told = tuple(keys)
            writer.write(told)
            if self._credentials is not None and any(each.kind == "Gateway" for each in told):
                self._credentials.look()

        self.source.seen = seen
        statuses.changed = changed
        return writer
