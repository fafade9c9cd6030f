"""What every proxy should hold: named, versioned, encoded resources, and who has yet to look.

Knows names and versions. Must not know streams or the protocol: each stream reads its own
Journal, so that the cost of a change is the number of changed resources, not of all of them.
"""

from collections.abc import Iterable, Iterator
from weakref import WeakSet

import msgspec

Key = tuple[str, str]  # (type_url, name)


class Resource(msgspec.Struct, frozen=True, gc=False):
    """One encoded resource. `version` is a hash of `body`; `needs` are the keys it refers to.

    `owner` is whose it is alone; empty for what belongs to whoever needs it (see `division`).
    """

    type_url: str
    name: str
    version: str
    body: bytes
    needs: tuple[Key, ...] = ()
    owner: str = ""

    @property
    def key(self) -> Key:
        """(type_url, name)."""
        return (self.type_url, self.name)


class Removed(msgspec.Struct, frozen=True, gc=False):
    """A resource that shall no longer exist."""

    type_url: str
    name: str


class Journal:
    """The keys that changed since they were last taken."""

    __slots__ = ("__weakref__", "_keys")

    def __init__(self) -> None:
        self._keys: dict[Key, None] = {}

    def note(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._keys[key] = None

    def take(self) -> Iterator[Key]:
        keys, self._keys = self._keys, {}
        return iter(keys)


class ResourceSet:
    """All resources by type and name, shared by all streams."""

    def __init__(self) -> None:
        self._types: dict[str, dict[str, Resource]] = {}
        self._journals: WeakSet[Journal] = WeakSet()
        self.revision = 0  # counts applied changes; for people, never compared

    def apply(self, changes: Iterable[Resource | Removed]) -> None:
        """Take in new, changed and removed resources. The same content again is no change.

        Apply all that belongs together at once: streams look only after `Stream.on_change`, but
        they take the set as it is then for what the world should be.
        """
        changed = [change for change in changes if self._put(change)]
        if changed:
            self.revision += 1
            keys = [(change.type_url, change.name) for change in changed]
            for journal in self._journals:
                journal.note(keys)

    def get(self, type_url: str, name: str) -> Resource | None:
        """One resource, or None when it does not exist."""
        rows = self._types.get(type_url)
        return None if rows is None else rows.get(name)

    def names(self, type_url: str) -> tuple[str, ...]:
        """The names of all resources of a type, sorted."""
        return tuple(sorted(self._types.get(type_url, ())))

    def any_of(self, type_url: str) -> bool:
        """Whether there is a resource of a type."""
        return bool(self._types.get(type_url))

    def all(self) -> tuple[Resource, ...]:
        """All resources."""
        return tuple(each for rows in self._types.values() for each in rows.values())

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._types.values())

    @property
    def read(self) -> bool:
        """Whether somebody holds a journal of it."""
        return bool(self._journals)

    def journal(self) -> Journal:
        """A journal of all changes from now on, kept as long as somebody holds it."""
        journal = Journal()
        self._journals.add(journal)
        return journal

    def _put(self, change: Resource | Removed) -> bool:
        rows = self._types.setdefault(change.type_url, {})
        old = rows.get(change.name)
        if isinstance(change, Removed):
            rows.pop(change.name, None)
            return old is not None
        rows[change.name] = change
        return old is None or old.version != change.version or old.needs != change.needs
