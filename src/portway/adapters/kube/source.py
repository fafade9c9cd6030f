"""A cluster as a source of events: one reflector for each kind there is.

Knows which kinds are worth following, and that nothing is told before everything was listed: half
a site is no site. Must not know what a kind means beyond that. Kinds come and go with their CRDs;
what goes is told as deleted, what comes is told as a whole.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.decoding import resource_of
from portway.adapters.kube.discovery import Found, Served, discover
from portway.adapters.kube.failure import FORBIDDEN, ApiFailure, Garbled, Unreachable
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.protocol import Place
from portway.adapters.kube.reflector import Reflector
from portway.adapters.kube.rhythm import Backoff
from portway.core import api, model

_log = logging.getLogger(__name__)

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# Their schemas are megabytes, and all that matters is that something changed.
_PARTIAL: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_PARTIAL_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# Secrets that no Gateway and no policy can name, and that a cluster may have very many of.
_SELECTORS: Final[Mapping[str, str]] = {
    "Secret": "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,"
    "type!=kubernetes.io/dockerconfigjson,type!=bootstrap.kubernetes.io/token",
}
_ONLY_WITH: Final[Mapping[str, str]] = {"Pod": "InferencePool"}
"""Kinds that mean something only to objects of another one."""


class Batch(msgspec.Struct, frozen=True):
    """What changed. ``listed`` is True for the first batch only, which holds everything."""

    events: tuple[api.Event, ...]
    listed: bool = False


class _Followed:
    """One kind, its reflector and what was told of it."""

    def __init__(self, served: Served, source: "ClusterSource") -> None:
        self.served = served
        self.told: set[Place] = set()
        self.patience = source.client.rhythm.forbidden  # seconds left to wait for permission
        self.task: asyncio.Task[None] | None = None
        self.reflector = Reflector(
            source.client,
            served.path,
            lambda changes: source.take(self, changes),
            selector=_SELECTORS.get(served.kind, ""),
            missing=source.look,
        )


class ClusterSource:
    """Everything of a cluster that the core reads, followed until cancelled."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._followed: dict[str, _Followed] = {}
        self._held: list[api.Event] | None = []  # until everything was listed
        self._emit: Callable[[Batch], None] = lambda _: None
        self._look = asyncio.Event()
        self._said: set[str] = set()
        self.seen: Callable[[model.ObjectKey, msgspec.Raw], None] = lambda _key, _raw: None
        """Called with every object that was read, as it is in the API."""
        self._crds = Reflector(
            client, _CRDS, lambda _: self.look(), accept=_PARTIAL, accept_list=_PARTIAL_LIST
        )

    async def run(self, emit: Callable[[Batch], None]) -> None:
        """Emit the first listing, then batches on change. Ends only by cancellation."""
        self._emit = emit
        async with asyncio.TaskGroup() as group:
            group.create_task(self._crds.run())
            group.create_task(self._discover(group))

    def path(self, key: model.ObjectKey) -> str | None:
        """Where an object is in the API; None for a kind that is not served."""
        followed = self._followed.get(key.kind)
        if followed is None:
            return None
        # Without namespaces the list of all is the list of each.
        parent, _, plural = followed.served.path.rpartition("/")
        inside = f"{parent}/namespaces/{key.namespace}" if key.namespace else parent
        return f"{inside}/{plural}/{key.name}"

    @property
    def waiting(self) -> tuple[str, ...]:
        """Why nothing was told yet; empty once it was."""
        if self._held is None:
            return ()
        if not self._followed:
            return (f"the API server {self.client.server} has not answered yet",)
        return tuple(
            f"{kind} has not been listed"
            + (f": {each.reflector.refused}" if each.reflector.refused else "")
            for kind, each in self._followed.items()
            if not each.reflector.listed.is_set()
        )

    def look(self) -> None:
        """Find out soon which kinds there are."""
        self._look.set()

    def take(self, of: _Followed, changes: list[Change]) -> None:
        """What one reflector found."""
        events = [event for each in changes if (event := self._event(of, each)) is not None]
        if self._held is not None:
            self._held += events
        elif events:
            self._emit(Batch(tuple(events)))

    def _event(self, of: _Followed, change: Change) -> api.Event | None:
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

    async def _discover(self, group: asyncio.TaskGroup) -> None:
        rhythm = self.client.rhythm
        backoff = Backoff(rhythm)
        waits = list(rhythm.looks)
        while True:
            try:
                found = await discover(self.client)
            except (ApiFailure, Unreachable, Garbled) as failure:
                self._say(f"the kinds of the cluster cannot be found out: {failure}")
                await asyncio.sleep(backoff.next(getattr(failure, "retry_after", None)))
                continue
            backoff.reset()
            self._adjust(found, group)
            wait = waits.pop(0) if waits else rhythm.poll
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._look.wait()
                waits = list(rhythm.looks)
                self._look.clear()
                await asyncio.sleep(waits.pop(0))

    def _adjust(self, found: Found, group: asyncio.TaskGroup) -> None:
        self._tell_missing(found)
        served = {each.kind: each for each in found.served}
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
                self._follow(each, set(), group)
            elif followed.served != each:
                # Another version of the same objects: what was told stays until that is listed.
                _log.info("%s is read as %s now", kind, each.api_version)
                assert followed.task is not None
                followed.task.cancel()
                self._follow(each, followed.told, group)

    def _follow(self, served: Served, told: set[Place], group: asyncio.TaskGroup) -> None:
        followed = _Followed(served, self)
        followed.told = told
        followed.reflector.mirror.expect(told)
        self._followed[served.kind] = followed
        followed.task = group.create_task(followed.reflector.run())
        group.create_task(self._await_listing(followed))

    def _leave(self, kind: str) -> None:
        """Its CRD is gone, and all objects with it."""
        _log.warning("%s is not served any more; its objects are gone", kind)
        followed = self._followed.pop(kind)
        assert followed.task is not None
        followed.task.cancel()
        self.take(followed, [Change(place, None) for place in sorted(followed.told)])
        self._begin()

    async def _await_listing(self, followed: _Followed) -> None:
        """Begin when it is listed, or when nobody gives us leave to list it."""
        whole = self.client.rhythm.forbidden
        listed = followed.reflector.listed
        while self._held is not None and not listed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(whole / 10):
                    await listed.wait()
            followed.patience = followed.patience - whole / 10 if _may_not(followed) else whole
            self._begin()
        self._begin()

    def _begin(self) -> None:
        """Tell everything, as soon as all there is was listed."""
        if self._held is None or not self._followed:
            return
        if not all(
            each.reflector.listed.is_set() or each.patience <= 0 for each in self._followed.values()
        ):
            return
        held, self._held = self._held, None
        self._emit(Batch(tuple(held), listed=True))

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


def _may_not(followed: _Followed) -> bool:
    refused = followed.reflector.refused
    return refused is not None and refused.status == FORBIDDEN
