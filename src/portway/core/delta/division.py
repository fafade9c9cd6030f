"""One set of resources for each owner: what it owns, and everything that this leads to.

A proxy that serves one Gateway holds that Gateway's listeners and scopes and, of all that several
Gateways share (clusters, endpoints, certificates), only what these name. Whoever reads a set sees
nothing else, so no proxy can ask for what is not its own.

Knows owners, names and needs. Must not know who asks, nor what a resource means. A change costs
what depends on it: nothing is looked at that neither changed nor is named by what changed.
"""

from collections.abc import Iterable

from portway.core.delta.resource import Key, Removed, Resource, ResourceSet


class Division:
    """All resources, and the part of each owner. A resource without an owner goes to whoever
    needs it; one that has one goes to its owner alone, needed or not."""

    def __init__(self) -> None:
        self._all: dict[Key, Resource] = {}
        # By key: how many resources of an owner's part need it. Also of keys that are not there
        # yet, and one more for the owner of a resource.
        self._uses: dict[Key, dict[str, int]] = {}
        self._parts: dict[str, ResourceSet] = {}
        self._touched: set[tuple[str, Key]] = set()

    def part(self, owner: str) -> ResourceSet:
        """What is the owner's; empty for one that owns nothing. Kept in step for as long as it is
        not empty, or somebody reads along in a journal."""
        return self._parts.setdefault(owner, ResourceSet())

    def there(self, owner: str) -> ResourceSet | None:
        """What is the owner's now; None for one that owns nothing."""
        return self._parts.get(owner)

    def get(self, type_url: str, name: str) -> Resource | None:
        """One resource, whosever it is, or None when it does not exist."""
        return self._all.get((type_url, name))

    def apply(self, changes: Iterable[Resource | Removed]) -> frozenset[str]:
        """Take in what changed together. Returns the owners whose parts changed."""
        for change in changes:
            self._replace(
                (change.type_url, change.name), None if isinstance(change, Removed) else change
            )
        touched, self._touched = self._touched, set()
        by_owner: dict[str, list[Resource | Removed]] = {}
        for owner, key in sorted(touched):
            resource = self._all.get(key) if owner in self._uses.get(key, ()) else None
            by_owner.setdefault(owner, []).append(resource or Removed(*key))
        for owner, changed in by_owner.items():
            part = self.part(owner)
            part.apply(changed)
            if not len(part) and not part.read:
                del self._parts[owner]
        return frozenset(by_owner)

    def _replace(self, key: Key, new: Resource | None) -> None:
        old = self._all.get(key)
        if old is not None and new is not None and old.owner != new.owner:
            self._replace(key, None)
            old = None
        if new is None:
            self._all.pop(key, None)
        else:
            self._all[key] = new
            if new.owner and old is None:
                self._count(new.owner, key)
        # What is new is taken before what is old is given back, so that nothing which both need is
        # gone and comes again.
        holders = tuple(self._uses.get(key, ()))
        for owner in holders:
            self._touched.add((owner, key))
            for need in () if new is None else new.needs:
                self._take(owner, need)
            for need in () if old is None else old.needs:
                self._give_back(owner, need)
        if new is None and old is not None and old.owner:
            self._give_back(old.owner, key)

    def _count(self, owner: str, key: Key) -> int:
        uses = self._uses.setdefault(key, {})
        uses[owner] = uses.get(owner, 0) + 1
        return uses[owner]

    def _take(self, owner: str, key: Key) -> None:
        if self._count(owner, key) > 1:
            return
        resource = self._all.get(key)
        if resource is not None:
            self._touched.add((owner, key))
            for need in resource.needs:
                self._take(owner, need)

    def _give_back(self, owner: str, key: Key) -> None:
        uses = self._uses[key]
        uses[owner] -= 1
        if uses[owner]:
            return
        del uses[owner]
        if not uses:
            del self._uses[key]
        self._touched.add((owner, key))
        resource = self._all.get(key)
        for need in () if resource is None else resource.needs:
            self._give_back(owner, need)
