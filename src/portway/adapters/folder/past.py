"""What a folder's state hands to its successor after a restart, as a value.

Knows the shape of the snapshot. Must not know where it is kept (see snapshot) or how it is used
(see store).
"""

import msgspec


class PastManifest(msgspec.Struct, frozen=True):
    """A good object of a file: the line it began at and the document as JSON."""

    line: int
    raw: msgspec.Raw


class PastObject(msgspec.Struct, frozen=True):
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
