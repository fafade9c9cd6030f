"""The state of a folder: the last good objects of every file, and what an API server would add.

Knows which file an object comes from, when an object really changed, and server-side metadata.
Must not know the disk, the clock (it is handed in) or what a kind means. A file that breaks keeps
serving what it last said: an editor's half-saved file must never take a site down.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from portway.adapters.folder.load import (
    Key,
    Loaded,
    Manifest,
    already_defined,
    load_text,
    manifest_from_raw,
)
from portway.adapters.folder.past import Past, PastManifest, PastObject
from portway.adapters.folder.problem import FileProblem, by_place
from portway.core import api

_UIDS: Final = uuid.UUID("b6a2f0b4-5d0c-5a77-9c53-0d6f8e1f7c11")

Content = str | FileProblem | None
"""A file's text, or why it cannot be read, or None when it is gone."""


class _File(msgspec.Struct, frozen=True):
    manifests: Mapping[Key, Manifest]
    problems: tuple[FileProblem, ...] = ()
    notices: tuple[FileProblem, ...] = ()
    invalid: frozenset[Key] = frozenset()


class _Published(msgspec.Struct, frozen=True):
    """An object as it was last emitted; `created` outlives a timestamp the manifest drops."""

    resource: api.Resource
    created: str
    generation: int


class FolderState:
    """Files in, events out. Call it from one thread at a time."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._revision = 0
        self._files: dict[str, _File] = {}
        self._remembered: dict[str, _File] = {}
        self._history: dict[Key, _Published] = {}
        self._holders: dict[Key, set[str]] = {}
        self._published: dict[Key, _Published] = {}

    def update(self, path: str, content: Content) -> tuple[api.Event, ...]:
        """One file changed or went; the objects that changed by it, sorted."""
        return self.apply({path: content})

    def apply(self, changes: Mapping[str, Content]) -> tuple[api.Event, ...]:
        """Several files changed at once: an object that moves between them stays the same one."""
        affected: set[Key] = set()
        for path in sorted(changes):
            affected |= self._replace(path, changes[path])
        events = (self._publish(key) for key in sorted(affected))
        return tuple(event for event in events if event is not None)

    def remember(self, past: Past) -> None:
        """Take over from an earlier run, before the first update. Nothing is emitted for it."""
        self._revision = max(self._revision, past.revision)
        for path, kept in past.files.items():
            found = (manifest_from_raw(entry.line, bytes(entry.raw)) for entry in kept)
            self._remembered[path] = _File({each.key: each for each in found if each is not None})
        objects: dict[Key, Manifest] = {}
        for path in sorted(self._remembered, reverse=True):
            objects.update(self._remembered[path].manifests)
        for entry in past.objects:
            key = Key(entry.kind, entry.namespace, entry.name)
            if key in objects:
                self._history[key] = _Published(
                    objects[key].resource, entry.created, entry.generation
                )

    def settle(self) -> None:
        """Everything has been listed: forget remembered files that were not seen again."""
        self._remembered.clear()
        self._history.clear()

    def past(self) -> Past:
        """What a later run should remember."""
        files = {
            path: tuple(PastManifest(m.line, msgspec.Raw(m.raw)) for m in file.manifests.values())
            for path, file in sorted(self._files.items())
        }
        objects = tuple(
            PastObject(*key, generation=each.generation, created=each.created)
            for key, each in sorted(self._published.items())
        )
        return Past(self._revision, files, objects)

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        """Everything that is wrong now, by file and line."""
        found = [problem for file in self._files.values() for problem in file.problems]
        return tuple(sorted([*found, *self._contested()], key=by_place))

    @property
    def invalid(self) -> frozenset[Key]:
        """Objects that are written but break a rule of their kind, so `problems` tells of them."""
        return frozenset().union(*(file.invalid for file in self._files.values()))

    @property
    def notices(self) -> tuple[FileProblem, ...]:
        """Documents that are ignored, by file and line."""
        found = (notice for file in self._files.values() for notice in file.notices)
        return tuple(sorted(found, key=by_place))

    @property
    def paths(self) -> frozenset[str]:
        """The files that count now."""
        return frozenset(self._files)

    def objects(self) -> tuple[api.Resource, ...]:
        """Every object as it was last emitted, sorted by kind, namespace and name."""
        return tuple(each.resource for _, each in sorted(self._published.items()))

    def _replace(self, path: str, content: Content) -> set[Key]:
        """Put a file's new content in place; the keys that may have changed by it."""
        before = self._files.pop(path, None)
        old = before or self._remembered.pop(path, None) or _File({})
        held = before.manifests if before is not None else {}
        new: Mapping[Key, Manifest] = {}
        if content is not None:
            self._files[path] = _merge(old, _loaded(path, content))
            new = self._files[path].manifests
        for key in held.keys() - new.keys():
            self._holders[key].discard(path)
        for key in new.keys() - held.keys():
            self._holders.setdefault(key, set()).add(path)
        return {key for key in held.keys() | new.keys() if held.get(key) is not new.get(key)}

    def _publish(self, key: Key) -> api.Event | None:
        holders = self._holders.get(key)
        if not holders:
            self._holders.pop(key, None)
            gone = self._published.pop(key, None)
            return None if gone is None else api.Event(*key, None)
        manifest = self._files[min(holders)].manifests[key]
        before = self._published.get(key)
        after = self._stamped(key, manifest.resource, before or self._history.pop(key, None))
        if before is not None and _same(before.resource, after.resource):
            return None
        self._revision += 1
        metadata = msgspec.structs.replace(
            after.resource.metadata, resource_version=str(self._revision)
        )
        resource = msgspec.structs.replace(after.resource, metadata=metadata)
        self._published[key] = msgspec.structs.replace(after, resource=resource)
        return api.Event(*key, resource)

    def _stamped(self, key: Key, resource: api.Resource, before: _Published | None) -> _Published:
        generation = 1
        if before is not None:
            changed = msgspec.structs.replace(resource, metadata=before.resource.metadata)
            generation = before.generation + (changed != before.resource)
        created = resource.metadata.creation_timestamp or (
            before.created if before is not None else _timestamp(self._clock())
        )
        metadata = msgspec.structs.replace(
            resource.metadata,
            uid=str(uuid.uuid5(_UIDS, "/".join(key))),
            generation=generation,
            creation_timestamp=created,
            deletion_timestamp="",  # an exported object that was being deleted exists here
        )
        return _Published(msgspec.structs.replace(resource, metadata=metadata), created, generation)

    def _contested(self) -> Iterable[FileProblem]:
        for key, holders in self._holders.items():
            if len(holders) < 2:
                continue
            first, *others = sorted(holders)
            winner = self._files[first].manifests[key]
            for path in others:
                yield already_defined(path, self._files[path].manifests[key], first, winner)


def _loaded(path: str, content: str | FileProblem) -> Loaded:
    if isinstance(content, FileProblem):
        return Loaded(problems=(content,), readable=False)
    return load_text(path, content)


def _merge(old: _File, loaded: Loaded) -> _File:
    """What a file stands for now: what it says, and its last good word where it is broken."""
    if not loaded.readable:
        return _File(old.manifests, loaded.problems, old.notices)
    manifests = {each.key: _reused(old.manifests.get(each.key), each) for each in loaded.manifests}
    kept = old.manifests.keys() if loaded.anonymous else loaded.invalid & old.manifests.keys()
    for key in sorted(kept - manifests.keys()):
        manifests[key] = old.manifests[key]
    return _File(manifests, loaded.problems, loaded.notices, loaded.invalid)


def _reused(old: Manifest | None, new: Manifest) -> Manifest:
    """The old value when nothing changed, so that identity tells what did."""
    same = old is not None and old.line == new.line and old.raw == new.raw
    return old if same and old is not None else new


def _same(before: api.Resource, after: api.Resource) -> bool:
    """Equal but for the revision, which only an emitted object gets."""
    metadata = msgspec.structs.replace(
        after.metadata, resource_version=before.metadata.resource_version
    )
    return msgspec.structs.replace(after, metadata=metadata) == before


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
