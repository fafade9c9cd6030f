"""The state of a folder: the last good objects of every file, and what an API server would add.

Knows which file an object comes from, when an object really changed, and server-side metadata.
Must not know the disk, the clock (it is handed in) or what a kind means. A file that breaks keeps
serving what it last said: an editor's half-saved file must never take a site down. What a change
costs does not depend on how many other files there are: whatever is asked about all of them
(problems, notices, objects that two files define) is kept up to date and not searched for.
"""

import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from typing import Final

import msgspec

from portway.adapters.folder.holders import Holders
from portway.adapters.folder.load import (
    Key,
    Loaded,
    Manifest,
    Part,
    already_defined,
    load_text,
    manifest_from_raw,
)
from portway.adapters.folder.past import Past, PastManifest, PastObject, Record
from portway.adapters.folder.problem import FileProblem, by_place
from portway.core import api

_UIDS: Final = uuid.UUID("b6a2f0b4-5d0c-5a77-9c53-0d6f8e1f7c11")

_RECORD: Final = 64  # objects in a record; it is made in one go

Content = str | FileProblem | None
"""A file's text, or why it cannot be read, or None when it is gone."""


class _File(msgspec.Struct, frozen=True):
    manifests: Mapping[Key, Manifest]
    problems: tuple[FileProblem, ...] = ()
    notices: tuple[FileProblem, ...] = ()
    invalid: frozenset[Key] = frozenset()
    parts: tuple[Part, ...] = ()


class _Before(msgspec.Struct, frozen=True):
    """An object of an earlier run."""

    resource: api.Resource
    generation: int
    created: str


class FolderState:
    """Files in, events out. Call it from one thread at a time."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._revision = self._kept = 0
        self._files: dict[str, _File] = {}
        self._remembered: dict[str, _File] = {}
        self._history: dict[Key, _Before] = {}
        self._holders = Holders()
        self._published: dict[Key, api.Resource] = {}
        self._telling: dict[str, _File] = {}  # the files with problems or notices
        self._problems: tuple[FileProblem, ...] | None = ()
        self._notices: tuple[FileProblem, ...] | None = ()
        self._changed: dict[str, set[Key]] = {}  # by file the objects that no record has yet

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

    def sharing(self, paths: Iterable[str]) -> frozenset[str]:
        """The other files that define an object which one of these defines too."""
        found: set[str] = set()
        for path in paths:
            file = self._files.get(path)
            if file is not None:
                for key in self._holders.contested(file.manifests):
                    found.update(self._holders.of(key))
        return frozenset(found.difference(paths))

    def remember(self, past: Past) -> None:
        """Take over from an earlier run, before the first update. Nothing is emitted for it."""
        self._revision = max(self._revision, past.revision)
        for path, kept in past.files.items():
            self._remembered[path] = _remembered(kept)
        objects: dict[Key, Manifest] = {}
        for path in sorted(self._remembered, reverse=True):
            objects.update(self._remembered[path].manifests)
        for entry in past.objects:
            key = Key(entry.kind, entry.namespace, entry.name)
            if key in objects:
                self._history[key] = _Before(objects[key].resource, entry.generation, entry.created)

    def settle(self) -> None:
        """Everything has been listed: forget remembered files that were not seen again."""
        for path in self._remembered:
            self._changed.setdefault(path, set())
        self._remembered.clear()
        self._history.clear()

    @property
    def unkept(self) -> int:
        """How many files `changes` has something to tell of."""
        return len(self._changed)

    def changes(self) -> Iterator[Record]:
        """What a later run should remember of what happened since this was asked last. To be taken
        before the next change, or left alone if nobody wants it."""
        changed, self._changed = self._changed, {}
        if changed:
            self._kept = self._revision
            return (self._record(path, keys) for path, keys in changed.items())
        news, self._kept = self._kept != self._revision, self._revision
        return iter([Record(self._revision)] if news else [])

    def records(self) -> Iterator[Record]:
        """Everything that a later run should remember, file by file. Files may change in between:
        what `changes` tells from the first step on makes up for it."""
        yield Record(self._revision)
        for path in list(self._files):
            file = self._files.get(path)
            keys = [] if file is None else list(file.manifests)
            for start in range(0, len(keys), _RECORD):
                yield self._record(path, keys[start : start + _RECORD])

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        """Everything that is wrong now, by file and line; the same tuple while nothing changes."""
        if self._problems is None:
            found = [problem for file in self._telling.values() for problem in file.problems]
            self._problems = tuple(sorted([*found, *self._contested()], key=by_place))
        return self._problems

    @property
    def invalid(self) -> frozenset[Key]:
        """Objects that are written but break a rule of their kind, so `problems` tells of them."""
        return frozenset().union(*(file.invalid for file in self._telling.values()))

    @property
    def notices(self) -> tuple[FileProblem, ...]:
        """Documents that are ignored, by file and line; the same tuple while nothing changes."""
        if self._notices is None:
            found = (notice for file in self._telling.values() for notice in file.notices)
            self._notices = tuple(sorted(found, key=by_place))
        return self._notices

    @property
    def paths(self) -> frozenset[str]:
        """The files that count now."""
        return frozenset(self._files)

    def holds(self, kind: str, namespace: str, name: str) -> bool:
        """Whether a file has the object."""
        return self._holders.first(Key(kind, namespace, name)) is not None

    def place(self, kind: str, namespace: str, name: str) -> str:
        """Where an object is written, as ``path:line``; empty if no file holds it."""
        key = Key(kind, namespace, name)
        path = self._holders.first(key)
        return "" if path is None else f"{path}:{self._files[path].manifests[key].line}"

    def manifests(self) -> Iterator[tuple[str, Manifest]]:
        """Every object as it is written, with its file, in the order in which files count."""
        for path, file in sorted(self._files.items()):
            for manifest in file.manifests.values():
                yield path, manifest

    def objects(self) -> tuple[api.Resource, ...]:
        """Every object as it was last emitted, sorted by kind, namespace and name."""
        return tuple(each for _, each in sorted(self._published.items()))

    def _replace(self, path: str, content: Content) -> set[Key]:
        """Put a file's new content in place; the keys that may have changed by it."""
        before = self._files.pop(path, None)
        remembered = self._remembered.pop(path, None) if before is None else None
        old = before or remembered or _File({})
        held = before.manifests if before is not None else {}
        new: Mapping[Key, Manifest] = {}
        if content is not None:
            file = _merge(old, _loaded(path, content, old.parts))
            self._files[path] = file
            new = file.manifests
        self._tell(path, old, self._files.get(path))
        contested = self._holders.move(path, held.keys(), new.keys())
        if contested:
            self._problems = None
        changed = _differing(old.manifests, new)
        if changed or (content is None and old.manifests):
            self._changed.setdefault(path, set()).update(changed)
        return changed if remembered is None else changed | new.keys()

    def _tell(self, path: str, old: _File, new: _File | None) -> None:
        """Keep the files that have something to tell."""
        if new is not None and (new.problems or new.notices or new.invalid):
            self._telling[path] = new
        else:
            self._telling.pop(path, None)
        if old.problems or (new is not None and new.problems):
            self._problems = None
        if old.notices or (new is not None and new.notices):
            self._notices = None

    def _publish(self, key: Key) -> api.Event | None:
        holder = self._holders.first(key)
        if holder is None:
            gone = self._published.pop(key, None)
            return None if gone is None else api.Event(*key, None)
        resource = self._files[holder].manifests[key].resource
        published = self._published.get(key)
        before = self._history.pop(key, None) if published is None else _as_before(published)
        after = self._stamped(key, resource, before)
        if published is not None and after == published:
            return None
        metadata = after.metadata
        if before is None or (before.generation, before.created) != (
            metadata.generation,
            metadata.creation_timestamp,
        ):
            self._changed.setdefault(holder, set()).add(key)
        self._revision += 1
        if published is not None:
            metadata = msgspec.structs.replace(metadata, resource_version=str(self._revision))
            after = msgspec.structs.replace(after, metadata=metadata)
        self._published[key] = after
        return api.Event(*key, after)

    def _stamped(self, key: Key, resource: api.Resource, before: _Before | None) -> api.Resource:
        """The object with an API server's metadata: the revision that it has, the next one if it
        has none yet."""
        own = resource.metadata
        generation, created = 1, own.creation_timestamp
        if before is not None:
            last = before.resource
            # The very same one at a restart, where nothing was written meanwhile.
            changed = (
                resource is not last
                and msgspec.structs.replace(resource, metadata=last.metadata) != last
            )
            generation = before.generation + changed
            created = created or before.created
        published = self._published.get(key)
        metadata = msgspec.structs.replace(
            own,
            uid=_uid(key) if published is None else published.metadata.uid,
            resource_version=(
                str(self._revision + 1)
                if published is None
                else published.metadata.resource_version
            ),
            generation=generation,
            creation_timestamp=created or sys.intern(_timestamp(self._clock())),
            deletion_timestamp="",  # an exported object that was being deleted exists here
        )
        return msgspec.structs.replace(resource, metadata=metadata)

    def _record(self, path: str, keys: Iterable[Key]) -> Record:
        file = self._files.get(path)
        if file is None:
            return Record(self._revision, path, gone=True)
        put, drop, objects = list[PastManifest](), list[Key](), list[PastObject]()
        parts = _by_resource(file.parts)
        for key in keys:
            manifest = file.manifests.get(key)
            if manifest is None:
                drop.append(key)
                continue
            part = parts.get(id(manifest.resource))
            if part is None or part.only is None:
                put.append(PastManifest(manifest.line, msgspec.Raw(manifest.raw)))
            else:
                raw, at = msgspec.Raw(manifest.raw), part.only.line
                put.append(PastManifest(manifest.line, raw, part.digest, at))
            if self._holders.first(key) == path:
                metadata = self._published[key].metadata
                created = metadata.creation_timestamp
                objects.append(PastObject(*key, generation=metadata.generation, created=created))
        return Record(self._revision, path, False, tuple(put), tuple(drop), tuple(objects))

    def _contested(self) -> Iterable[FileProblem]:
        for key, holders in self._holders.rivals():
            first, *others = sorted(holders)
            winner = self._files[first].manifests[key]
            for path in others:
                yield already_defined(path, self._files[path].manifests[key], first, winner)


def _remembered(kept: Iterable[PastManifest]) -> _File:
    """A file as an earlier run knew it, with what saves reading the same text again."""
    manifests, parts = dict[Key, Manifest](), list[Part]()
    for entry in kept:
        manifest = manifest_from_raw(entry.line, bytes(entry.raw))
        if manifest is None:
            continue
        manifests[manifest.key] = manifest
        if entry.digest:
            only = msgspec.structs.replace(manifest, line=entry.at)
            parts.append(Part(entry.digest, (only,)))
    return _File(manifests, parts=tuple(parts))


def _by_resource(parts: Iterable[Part]) -> dict[int, Part]:
    found = ((part.only, part) for part in parts)
    return {id(only.resource): part for only, part in found if only is not None}


def _loaded(path: str, content: str | FileProblem, parts: tuple[Part, ...]) -> Loaded:
    if isinstance(content, FileProblem):
        return Loaded(problems=(content,), readable=False)
    return load_text(path, content, parts)


def _merge(old: _File, loaded: Loaded) -> _File:
    """What a file stands for now: what it says, and its last good word where it is broken."""
    if not loaded.readable:
        return _File(old.manifests, loaded.problems, old.notices, frozenset(), old.parts)
    manifests = {each.key: each for each in loaded.manifests}
    kept = old.manifests.keys() if loaded.anonymous else loaded.invalid & old.manifests.keys()
    for key in sorted(kept - manifests.keys()):
        manifests[key] = old.manifests[key]
    return _File(manifests, loaded.problems, loaded.notices, loaded.invalid, loaded.parts)


def _differing(old: Mapping[Key, Manifest], new: Mapping[Key, Manifest]) -> set[Key]:
    """The keys whose objects are not the same in both."""
    changed = old.keys() - new.keys()
    for key, manifest in new.items():
        before = old.get(key)
        if before is None or not _same(before.resource, manifest.resource):
            changed.add(key)
    return changed


def _same(one: api.Resource, other: api.Resource) -> bool:
    return one is other or one == other


def _as_before(published: api.Resource) -> _Before:
    metadata = published.metadata
    return _Before(published, metadata.generation, metadata.creation_timestamp)


def _uid(key: Key) -> str:
    """A version 5 UUID (RFC 9562). The library's own way makes an object of it first, and takes
    four times as long: at a start there is one for each object."""
    found = bytearray(sha1(_UIDS.bytes + "/".join(key).encode(), usedforsecurity=False).digest())
    found[6] = found[6] & 0x0F | 0x50
    found[8] = found[8] & 0x3F | 0x80
    text = found[:16].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
