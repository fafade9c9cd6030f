"""What one list of the server holds, as far as we were told: places and revisions.

Knows how a listing and a stream of events become changes, whatever comes twice, late or in the
wrong order. Must not know sockets, nor what an object is: it keeps no object at all.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from portway.adapters.kube.protocol import Place, head, newer

_GRAVES: Final = 4096


class Change(msgspec.Struct, frozen=True):
    """What is at a place now; ``None``: nothing."""

    place: Place
    object: msgspec.Raw | None


class Mirror:
    """The places of one list and the revision each was last seen with."""

    def __init__(self) -> None:
        self._known: dict[Place, str] = {}
        self._graves: dict[Place, str] = {}  # what was deleted, so that an old event cannot revive

    def __len__(self) -> int:
        return len(self._known)

    def expect(self, places: Iterable[Place]) -> None:
        """These are known from elsewhere, in whatever revision: what the next `replace` does not
        have of them is deleted."""
        self._known.update(dict.fromkeys(places, ""))

    def replace(self, items: Iterable[msgspec.Raw]) -> list[Change]:
        """The server's whole list: what differs from what was known, deletions last."""
        there = {seen.place: (seen.revision, raw) for raw in items if (seen := head(raw))}
        before, self._known = self._known, {place: each[0] for place, each in there.items()}
        self._graves.clear()
        changed = [
            Change(place, raw)
            for place, (revision, raw) in there.items()
            if before.get(place) != revision
        ]
        return [*changed, *(Change(each, None) for each in before if each not in there)]

    def put(self, raw: msgspec.Raw) -> list[Change]:
        """An object was added or modified."""
        seen = head(raw)
        if not self._news(seen.place, seen.revision):
            return []
        self._known[seen.place] = seen.revision
        self._graves.pop(seen.place, None)
        return [Change(seen.place, raw)]

    def remove(self, raw: msgspec.Raw) -> list[Change]:
        """An object was deleted; its revision is that of the deletion."""
        seen = head(raw)
        # A server too old to count a deletion sends the object's last revision.
        last = self._known.get(seen.place) == seen.revision
        if not last and not self._news(seen.place, seen.revision):
            return []
        self._graves[seen.place] = seen.revision
        if len(self._graves) > _GRAVES:
            del self._graves[next(iter(self._graves))]
        return [] if self._known.pop(seen.place, None) is None else [Change(seen.place, None)]

    def _news(self, place: Place, revision: str) -> bool:
        before = self._known.get(place) or self._graves.get(place)
        return before is None or newer(revision, before)
