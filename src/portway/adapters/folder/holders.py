"""Which files define an object, kept small for the common case that it is one.

Knows keys and paths. Must not know what is in a file. Most objects are in one file, and a set for
each of them would take more memory than the object's metadata: so an object has its first file
here, and a set only while several files define it.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Final

from portway.adapters.folder.load import Key

_NONE: Final = frozenset[str]()


class Holders:
    """Objects to the files that define them; the first file by name counts."""

    def __init__(self) -> None:
        self._first: dict[Key, str] = {}
        self._rivals: dict[Key, set[str]] = {}

    def move(self, path: str, old: Set[Key], new: Set[Key]) -> bool:
        """A file that defined `old` defines `new` from now on. True when one of them is, or was,
        in another file too."""
        contested = bool(self._rivals) and any(key in self._rivals for key in (*old, *new))
        for key in old - new:
            self._remove(key, path)
        for key in new - old:
            self._add(key, path)
        return contested or (bool(self._rivals) and any(key in self._rivals for key in new))

    def first(self, key: Key) -> str | None:
        """The file that counts, or None when there is none."""
        return self._first.get(key)

    def of(self, key: Key) -> Set[str]:
        """Every file that defines an object."""
        if key in self._rivals:
            return self._rivals[key]
        first = self._first.get(key)
        return _NONE if first is None else {first}

    def contested(self, keys: Iterable[Key]) -> Iterator[Key]:
        """Those of the keys that several files define."""
        return (key for key in keys if key in self._rivals) if self._rivals else iter(())

    def rivals(self) -> Iterator[tuple[Key, Set[str]]]:
        """Every object that several files define, with these files."""
        yield from self._rivals.items()

    def _add(self, key: Key, path: str) -> None:
        first = self._first.setdefault(key, path)
        if first is not path and first != path:
            self._rivals.setdefault(key, {first}).add(path)
            self._first[key] = min(first, path)

    def _remove(self, key: Key, path: str) -> None:
        rivals = self._rivals.get(key)
        if rivals is None:
            self._first.pop(key, None)
            return
        rivals.discard(path)
        self._first[key] = min(rivals)
        if len(rivals) == 1:
            del self._rivals[key]
