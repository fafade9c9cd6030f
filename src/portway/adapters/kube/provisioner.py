"""What is made in a cluster for Gateways and pools: kept as it should be, and nothing else touched.

Knows server-side apply, drift and deletion. Must not know what the documents are about. Everything
we have made carries one label, and only what carries it is followed; of that, what nobody wants any
more is deleted, by its UID, so that another object of the name is never meant. Fields that others
set beside ours stay; ours come back when somebody changes them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.extent import EVERYWHERE, Extent
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.reflector import Reflector
from portway.adapters.kube.rhythm import Backoff, Pace
from portway.core.model import ObjectKey

_log = logging.getLogger(__name__)

MANAGER: Final = "portway-provisioner"
_CONFLICT: Final = 409
_UNSETTLED: Final = 0.5  # seconds until it is looked again whether all that is wanted is known
_OWNERS: Final = ("Gateway", "InferencePool")

Document = dict[str, Any]


class Made(NamedTuple):
    """Where an object is."""

    kind: str
    namespace: str
    name: str


class _Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""
    uid: str = ""


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    deletion_timestamp: str = ""
    owner_references: tuple[_Owner, ...] = ()
    labels: dict[str, str] | None = None


class _Object(msgspec.Struct):
    metadata: _Metadata


class _ForeignError(Exception):
    """An object of the name is not ours."""


class _Wanted(NamedTuple):
    """``document`` encoded, and when it was last written: as which revision."""

    body: bytes
    revision: str = ""


class Provisioner:
    """Keeps the objects of all of them."""

    def __init__(
        self,
        client: Client,
        kinds: Mapping[str, str],
        label: str,
        *,
        may_write: Callable[[], bool],
        settled: Callable[[], bool],
        seen: Callable[[Made, msgspec.Raw | None], None] = lambda _made, _object: None,
        extent: Extent = EVERYWHERE,
        each_second: float = 20.0,
    ) -> None:
        """``kinds``: where in the API each is (`/apis/apps/v1`). ``label``: `NAME=VALUE` of what is
        ours. ``settled``: whether what is wanted is all that is wanted, so that the rest may go.
        ``seen`` is told of every object of ours as it is. ``extent``: where they may be.
        ``each_second``: writes at most."""
        self._client = client
        self._kinds = kinds
        self._may_write = may_write
        self._settled = settled
        self._seen = seen
        self._writes = Pace(each_second)
        self._wanted: dict[ObjectKey, dict[Made, _Wanted]] = {}
        self._kept: set[ObjectKey] = set()
        self._there: dict[Made, _Metadata] = {}
        self._due: dict[ObjectKey, None] = {}
        self._news = asyncio.Event()
        self._tries: dict[ObjectKey, Backoff] = {}
        self._said: dict[ObjectKey, str] = {}
        self._label = label
        self.listed = asyncio.Event()
        """Set once everything of ours that we may list was told."""
        self._clearing = Backoff(client.rhythm)
        self._unsettled = False
        self._owner_of: dict[Made, ObjectKey] = {}
        self._reflectors = [
            Reflector(
                client,
                path,
                lambda changes, kind=kind: self._take(kind, changes),  # type: ignore[misc]
                labels=label,
            )
            for kind, root in kinds.items()
            for path in extent.paths(f"{root}/{_plural(kind)}")
        ]

    def want(self, owner: ObjectKey, documents: tuple[Document, ...] | None) -> None:
        """What is wanted for a Gateway or pool from now on. Empty: what there is; None: nothing."""
        before = self._wanted.get(owner, {})
        self._kept.discard(owner)
        if documents is None or documents:
            for made in before:
                self._owner_of.pop(made, None)
        if documents is None:
            self._wanted.pop(owner, None)
        elif not documents:
            self._wanted.setdefault(owner, {})
            self._kept.add(owner)
        else:
            found: dict[Made, _Wanted] = {}
            for each in documents:
                body = msgspec.json.encode(each)
                made = Made(each["kind"], each["metadata"]["namespace"], each["metadata"]["name"])
                old = before.get(made)
                found[made] = old if old is not None and old.body == body else _Wanted(body)
            self._wanted[owner] = found
            self._owner_of.update(dict.fromkeys(found, owner))
        self._look(owner)

    def look_at_all(self) -> None:
        """Whoever wrote before may have left anything undone."""
        for owner in self._wanted:
            self._look(owner)
        self._news.set()

    async def run(self) -> None:
        """Keep them until cancelled."""
        async with asyncio.TaskGroup() as group:
            for each in self._reflectors:
                group.create_task(each.run())
            # One that we may not list is told by its reflector; the others need not wait for it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._client.rhythm.forbidden):
                    for each in self._reflectors:
                        await each.listed.wait()
            self.listed.set()
            await self._keeping(group)

    def _look(self, owner: ObjectKey) -> None:
        self._due[owner] = None
        self._news.set()

    # -- what is there ---------------------------------------------------------------------

    def _take(self, kind: str, changes: list[Change]) -> None:
        for change in changes:
            made = Made(kind, *change.place)
            if change.object is None:
                self._there.pop(made, None)
            else:
                self._there[made] = msgspec.json.decode(change.object, type=_Object).metadata
            self._seen(made, change.object)
            self._note(made)

    def _note(self, made: Made) -> None:
        """Somebody changed it; whose it is has to be looked at, unless it was us."""
        there = self._there.get(made)
        owner = self._owner_of.get(made)
        if owner is None:
            self._news.set()
            return
        wanted = self._wanted[owner][made]
        if there is None or there.resource_version != wanted.revision:
            self._look(owner)

    # -- what is done ----------------------------------------------------------------------

    async def _keeping(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._news.clear()
            if self._may_write():
                while self._due and self._may_write():
                    owner = next(iter(self._due))
                    del self._due[owner]
                    wait = await self._one(owner)
                    if wait is not None:
                        group.create_task(self._again(owner, wait))
                if self._settled():
                    if (wait := await self._clear()) is not None:
                        group.create_task(self._clear_again(wait))
                elif not self._unsettled:
                    # Nobody tells when that is over, and nothing else may happen then.
                    self._unsettled = True
                    group.create_task(self._clear_again(_UNSETTLED))
            await self._news.wait()

    async def _again(self, owner: ObjectKey, wait: float) -> None:
        await self._client.pause(wait)
        self._look(owner)

    async def _clear_again(self, wait: float) -> None:
        await self._client.pause(wait)
        self._unsettled = False
        self._news.set()

    async def _one(self, owner: ObjectKey) -> float | None:
        """Bring the objects of one owner up to date; seconds until another try, None if done.
        One that is refused holds up no other."""
        failures: list[Exception] = []
        for made, wanted in tuple(self._wanted.get(owner, {}).items()):
            if not self._may_write():
                return None
            try:
                await self._bring(owner, made, wanted)
            except Unreachable as failure:
                failures.append(failure)
                break  # nobody is there for the next one either
            except (ApiFailure, Garbled, _ForeignError) as failure:
                failures.append(failure)
        if not failures:
            self._tries.pop(owner, None)
            self._said.pop(owner, None)
            return None
        self._say(owner, "; ".join(str(each) for each in failures))
        backoff = self._tries.setdefault(owner, Backoff(self._client.rhythm))
        return backoff.next(getattr(failures[-1], "retry_after", None))

    async def _bring(self, owner: ObjectKey, made: Made, wanted: _Wanted) -> None:
        there = self._there.get(made)
        if there is not None and there.resource_version == wanted.revision:
            return
        await self._writes.turn()
        if there is None:
            await self._check_free(made, owner)
        body = await self._client.apply(self._path(made), wanted.body, MANAGER)
        now = msgspec.json.decode(body, type=_Object).metadata
        current = self._wanted.get(owner, {})
        if made in current and current[made].body == wanted.body:
            current[made] = wanted._replace(revision=now.resource_version)

    async def _check_free(self, made: Made, owner: ObjectKey) -> None:
        """What does not carry our label is not ours, and would be deleted with its owner. Raises
        _ForeignError where there is such a thing."""
        try:
            body = await self._client.get(self._path(made))
        except ApiFailure as failure:
            if failure.status == NOT_FOUND:
                return
            raise
        name, _, value = self._label.partition("=")
        labels = msgspec.json.decode(body, type=_Object).metadata.labels or {}
        if labels.get(name) != value:
            raise _ForeignError(
                f"{made.kind} {made.namespace}/{made.name} is somebody else's and is left alone; "
                f"rename it, or the {owner.kind}"
            )

    async def _clear(self) -> float | None:
        """Delete what we have made and nobody wants any more; seconds until another try, None if
        all of it is gone."""
        failures: list[Exception] = []
        for made, there in tuple(self._there.items()):
            if there.deletion_timestamp or self._is_wanted(made, there):
                continue
            if not self._may_write():
                return None
            try:
                await self._client.delete(self._path(made), there.uid)
            except ApiFailure as failure:
                # 409: another one of its name is there by now, and will be told.
                if failure.status not in (NOT_FOUND, _CONFLICT):
                    self._say(ObjectKey(*made), str(failure))
                    failures.append(failure)
            except Unreachable as failure:
                failures.append(failure)
                break
            else:
                _log.info("deleted %s %s/%s: nobody wants it", *made)
                self._there.pop(made, None)
        if not failures:
            self._clearing.reset()
            return None
        return self._clearing.next(getattr(failures[-1], "retry_after", None))

    def _is_wanted(self, made: Made, there: _Metadata) -> bool:
        owners = [each for each in there.owner_references if each.kind in _OWNERS]
        if len(owners) != 1:
            return True  # we have made it otherwise: somebody has changed whose it is
        owner = ObjectKey(owners[0].kind, made.namespace, owners[0].name)
        return owner in self._kept or made in self._wanted.get(owner, {})

    def _path(self, made: Made) -> str:
        root = self._kinds[made.kind]
        return f"{root}/namespaces/{made.namespace}/{_plural(made.kind)}/{made.name}"

    def _say(self, about: ObjectKey, words: str) -> None:
        """Once for each spell."""
        if self._said.get(about) != words:
            self._said[about] = words
            _log.warning("what is made for %s: %s; it is tried again", about, words)


def _plural(kind: str) -> str:
    return f"{kind.lower()}s"
