"""What a folder's state hands to its successor after a restart, as a value.

Knows the shape of what is remembered and how later records change earlier ones. Must not know
where it is kept (see snapshot and journal) or how it is used (see store).
"""

from collections.abc import Iterable

import msgspec


class PastManifest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A good object of a file: the line it began at and the document as JSON."""

    line: int
    raw: msgspec.Raw
    digest: bytes = b""
    """The digest of the text that it was read from, when nothing else is to be told of that text:
    where it is the same again, it need not be read again."""
    at: int = 1
    """The line of that text at which the object begins."""


class PastObject(msgspec.Struct, frozen=True, gc=False):
    """Server-side metadata that a restart must not reset. `created` is RFC 3339 text."""

    kind: str
    namespace: str
    name: str
    generation: int
    created: str


class Past(msgspec.Struct, frozen=True):
    """The last good state: by file the objects, and by object its history."""

    revision: int
    files: dict[str, tuple[PastManifest, ...]]
    objects: tuple[PastObject, ...]


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed in one file since the record before."""

    revision: int
    path: str = ""
    """Empty when only the revision went on."""
    gone: bool = False
    """The file is gone, and whatever was in it."""
    put: tuple[PastManifest, ...] = ()
    """Objects that are new or another now. A line may be an older text's: it moves with every
    line that is written above it, and is not worth a record."""
    drop: tuple[tuple[str, str, str], ...] = ()
    """Objects that are gone from the file, by kind, namespace and name."""
    objects: tuple[PastObject, ...] = ()


class _Metadata(msgspec.Struct):
    name: str = ""
    namespace: str = ""


class _Identity(msgspec.Struct):
    kind: str = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class Replay:
    """Records to the state they lead to. Putting what is there already does no harm."""

    def __init__(self, before: Past | None = None) -> None:
        self._revision = 0
        self._files: dict[str, dict[tuple[str, str, str], PastManifest]] = {}
        self._objects: dict[tuple[str, str, str], PastObject] = {}
        if before is not None:
            self._revision = before.revision
            self._take_objects(before.objects)
            for path, manifests in before.files.items():
                self._files[path] = {_identity(each): each for each in manifests}

    def take(self, record: Record) -> None:
        """The next record. Raises msgspec.MsgspecError when a manifest in it is not an object."""
        self._revision = max(self._revision, record.revision)
        if record.gone:
            self._files.pop(record.path, None)
        elif record.path:
            file = self._files.setdefault(record.path, {})
            for key in record.drop:
                file.pop(key, None)
            for manifest in record.put:
                file[_identity(manifest)] = manifest
        self._take_objects(record.objects)

    def past(self) -> Past:
        """The state after the last record; the history of objects that no file has is dropped."""
        held = {key for file in self._files.values() for key in file}
        objects = tuple(each for key, each in sorted(self._objects.items()) if key in held)
        files = {path: tuple(file.values()) for path, file in sorted(self._files.items())}
        return Past(self._revision, files, objects)

    def _take_objects(self, objects: Iterable[PastObject]) -> None:
        for each in objects:
            self._objects[each.kind, each.namespace, each.name] = each


def _identity(manifest: PastManifest) -> tuple[str, str, str]:
    found = msgspec.json.decode(manifest.raw, type=_Identity)
    return found.kind, found.metadata.namespace, found.metadata.name
