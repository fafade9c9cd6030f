"""A cluster as a source of events: every kind there is, followed.

Knows which kinds are worth following, and that nothing is told before everything was listed: half
a site is no site. Must not know what a kind means beyond that. Kinds come and go with their CRDs;
what goes is told as deleted, what comes is told as a whole.

Of Secrets and ConfigMaps only what others name is read (see `needs`), and whoever names one is told
after it: a listener that changes its certificate would else have none in between.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.decoding import resource_of
from portway.adapters.kube.discovery import Found, Served, discover
from portway.adapters.kube.extent import EVERYWHERE, Extent, inside
from portway.adapters.kube.failure import ApiFailure, Garbled, Unreachable
from portway.adapters.kube.followed import Followed, Listing
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.needs import Needs, Spread
from portway.adapters.kube.protocol import Place
from portway.adapters.kube.reflector import Reflector
from portway.adapters.kube.rhythm import Backoff
from portway.core import api, model

_log = logging.getLogger(__name__)

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# Their schemas are megabytes, and all that matters is that something changed.
_PARTIAL: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_PARTIAL_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_ONLY_WITH: Final[Mapping[str, str]] = {"Pod": "InferencePool"}
"""Kinds that mean something only to objects of another one."""


class Batch(msgspec.Struct, frozen=True):
    """What changed. ``listed`` is True for the first batch only, which holds everything.
    ``served``: the kinds that the cluster has, where that changed."""

    events: tuple[api.Event, ...]
    listed: bool = False
    served: frozenset[str] | None = None


class ClusterSource:
    """Everything of a cluster that the core reads, followed until cancelled."""

    def __init__(self, client: Client, extent: Extent = EVERYWHERE) -> None:
        """``extent``: which part of the cluster is read."""
        self.client = client
        self.extent = extent
        self.in_use: Callable[[api.Named], bool] = lambda _: False
        """Whether what is served depends on one that nobody may name any more: an earlier version
        of an object that the proxy refuses may still stand in for it."""
        self._needs = Needs()
        self._wanted: set[api.Named] = set()
        self._idle: set[api.Named] = set()  # nobody wanted them at the last look
        self._spreads: dict[str, Spread] = {}
        self._late: dict[model.ObjectKey, api.Event] = {}  # wait for what they name
        self._group: asyncio.TaskGroup | None = None
        self._followed: dict[str, Followed] = {}
        self._held: list[api.Event] | None = []  # until everything was listed
        self._emit: Callable[[Batch], None] = lambda _: None
        self._look = asyncio.Event()
        self._served: frozenset[str] = frozenset()
        self._said: set[str] = set()
        self.seen: Callable[[model.ObjectKey, msgspec.Raw], None] = lambda _key, _raw: None
        """Called with every object that was read, as it is in the API."""
        self._crds = Reflector(
            client, _CRDS, lambda _: self.look(), accept=_PARTIAL, accept_list=_PARTIAL_LIST
        )

    async def run(self, emit: Callable[[Batch], None]) -> None:
        """Emit the first listing, then batches on change. Ends only by cancellation."""
        self._emit = emit
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self._crds.run())
            self._group.create_task(self._discover())

    def expect(self, named: Iterable[api.Named]) -> None:
        """These are wanted from the beginning, whoever names them; before `run`."""
        self._wanted.update(named)

    def path(self, key: model.ObjectKey) -> str | None:
        """Where an object is in the API; None for a kind that is not served."""
        followed = self._followed.get(key.kind)
        if followed is None:
            return None
        path = followed.served.path
        return f"{inside(path, key.namespace) if key.namespace else path}/{key.name}"

    @property
    def waiting(self) -> tuple[str, ...]:
        """Why nothing was told yet; empty once it was."""
        if self._held is None:
            return ()
        if not self._followed:
            return (f"the API server {self.client.server} has not answered yet",)
        late = (
            f"{kind} has not been listed"
            + (f": {each.reflector.refused}" if each.reflector.refused else "")
            for kind, followed in self._followed.items()
            for each in followed.lists.values()
            if not each.reflector.listed.is_set()
        )
        return tuple(dict.fromkeys(late))

    def look(self) -> None:
        """Find out soon which kinds there are."""
        self._look.set()

    def take(self, of: Followed, changes: list[Change]) -> None:
        """What one reflector found."""
        events = [event for each in changes if (event := self._event(of, each)) is not None]
        fresh = {each for event in events for each in self._need(event)} - self._wanted
        if fresh:
            self._wanted |= fresh
            self._spread()
        if self._held is not None:
            self._held += events
            return
        # What came now before those that have waited for it.
        news = {_key(each): each for each in events}
        self._late = news | {k: v for k, v in self._late.items() if k not in news}
        self._release()

    # -- what is read because others name it -------------------------------------------------

    def _need(self, event: api.Event) -> frozenset[api.Named]:
        """What an object names is needed; what it has named before, until this one is told."""
        found = _named(event)
        if found:
            self._needs.add(_key(event), found)
        return found

    def _release(self) -> None:
        """Tell those for whom there is nothing to wait."""
        ready = [event for event in self._late.values() if self._may_be_told(event)]
        for each in ready:
            del self._late[_key(each)]
            self._needs.replace(_key(each), _named(each))
        if ready:
            self._emit(Batch(tuple(ready)))

    def _may_be_told(self, event: api.Event) -> bool:
        return all(
            self._followed[each.kind].ready(Place(each.namespace, each.name))
            for each in _named(event)
            if each.kind in self._spreads
        )

    def _spread(self) -> None:
        """Follow what is wanted, each kind by the lists that hold it."""
        for kind, spread in self._spreads.items():
            of = self._followed[kind]
            parts = spread.parts([each for each in self._wanted if each.kind == kind])
            gone = of.follow(parts, self._begin_list)
            lost = [event for each in gone if (event := self._event(of, each)) is not None]
            if self._held is not None:
                self._held += lost
            elif lost:
                self._emit(Batch(tuple(lost)))

    def _forget(self) -> None:
        """What nobody wants at two looks in a row is read no more."""
        if self._held is not None:
            return
        idle = {each for each in self._wanted if each not in self._needs and not self.in_use(each)}
        gone, self._idle = idle & self._idle, idle
        if gone:
            self._wanted -= gone
            self._spread()

    def _event(self, of: Followed, change: Change) -> api.Event | None:
        if change.object is None:
            if change.place not in of.told:
                return None
            of.told.discard(change.place)
            return api.Event(of.served.kind, *change.place, None)
        try:
            resource = resource_of(change.object, of.served)
        except api.InvalidResource as error:
            kept = "its last good version stays" if change.place in of.told else "it is left out"
            _log.warning("%s; %s", error, kept)
            return None
        of.told.add(change.place)
        self.seen(model.ObjectKey(of.served.kind, *change.place), change.object)
        return api.Event(of.served.kind, *change.place, resource)

    # -- which kinds there are -------------------------------------------------------------

    async def _discover(self) -> None:
        rhythm = self.client.rhythm
        backoff = Backoff(rhythm)
        waits = list(rhythm.looks)
        while True:
            try:
                found = await discover(self.client)
            except (ApiFailure, Unreachable, Garbled) as failure:
                self._say(f"the kinds of the cluster cannot be found out: {failure}")
                await self.client.pause(backoff.next(getattr(failure, "retry_after", None)))
                continue
            backoff.reset()
            self._adjust(found)
            self._forget()
            wait = waits.pop(0) if waits else rhythm.poll
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._look.wait()
                waits = list(rhythm.looks)
                self._look.clear()
                await asyncio.sleep(waits.pop(0))

    def _adjust(self, found: Found) -> None:
        self._tell_missing(found)
        served = {each.kind: each for each in found.served}
        if served.keys() != self._served:
            self._served = frozenset(served)
            if self._held is None:
                self._emit(Batch((), served=self._served))
        wanted = {
            kind: each
            for kind, each in served.items()
            if kind not in _ONLY_WITH or _ONLY_WITH[kind] in served
        }
        for kind in self._followed.keys() - wanted.keys():
            self._leave(kind)
        for kind, each in wanted.items():
            followed = self._followed.get(kind)
            if followed is None:
                self._follow(each, set())
            elif followed.served != each:
                # Another version of the same objects: what was told stays until that is listed.
                _log.info("%s is read as %s now", kind, each.api_version)
                followed.leave()
                self._follow(each, followed.told)

    def _follow(self, served: Served, told: set[Place]) -> None:
        followed = Followed(self.client, served, told, self.take, self.look)
        self._followed[served.kind] = followed
        if served.kind in api.NAMED_KINDS:
            self._spreads[served.kind] = Spread(served, self.extent)
            self._spread()
        else:
            followed.follow(self.extent.lists(served), self._begin_list)

    def _begin_list(self, listing: Listing) -> None:
        assert self._group is not None
        listing.task = self._group.create_task(listing.reflector.run())
        self._group.create_task(self._await_listing(listing))

    def _leave(self, kind: str) -> None:
        """Its CRD is gone, and all objects with it."""
        _log.warning("%s is not served any more; its objects are gone", kind)
        followed = self._followed.pop(kind)
        self._spreads.pop(kind, None)
        followed.leave()
        self.take(followed, [Change(place, None) for place in sorted(followed.told)])
        self._begin()

    async def _await_listing(self, of: Listing) -> None:
        """Go on when it is listed, or when nobody gives us leave to list it."""
        whole = self.client.rhythm.forbidden
        listed = of.reflector.listed
        while not (listed.is_set() or of.left or (self._held is None and of.ready)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(whole / 10):
                    await listed.wait()
            of.patience = of.patience - whole / 10 if of.may_not else whole
            self._begin()
        self._begin()
        self._release()

    def _begin(self) -> None:
        """Tell everything, as soon as all there is was listed."""
        if self._held is None or not self._followed:
            return
        lists = (each for of in self._followed.values() for each in of.lists.values())
        if not all(each.ready for each in lists):
            return
        held, self._held = self._held, None
        for each in held:
            self._needs.replace(_key(each), _named(each))
        self._emit(Batch(tuple(held), listed=True, served=self._served))

    def _tell_missing(self, found: Found) -> None:
        for kind, versions in found.unreadable.items():
            self._say(f"{kind} is served as {', '.join(versions)} only, which Portway cannot read")
        there = {each.kind for each in found.served}
        missing = [kind for kind in api.KINDS if kind not in there | found.unreadable.keys()]
        if missing:
            self._say(
                f"the cluster has no {', '.join(missing)}; each is read as soon as its "
                "CustomResourceDefinition is there"
            )

    def _say(self, words: str) -> None:
        """Once."""
        if words not in self._said:
            self._said.add(words)
            _log.warning("%s", words)


def _key(event: api.Event) -> model.ObjectKey:
    return model.ObjectKey(event.kind, event.namespace, event.name)


def _named(event: api.Event) -> frozenset[api.Named]:
    return frozenset() if event.object is None else api.named(event.object)
