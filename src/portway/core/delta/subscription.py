"""The books of one resource type on one stream: what is wanted, held, refused and on its way.

Knows versions; must not know references, order or other types.
"""

from collections.abc import Iterable, Mapping

from portway.core.delta.order import rank
from portway.core.delta.resource import Resource

# What a response says about a name: a resource, or None for "it does not exist".
Content = Mapping[str, Resource | None]

WILDCARD = "*"


class Subscription:
    """State of one type. Versions are strings; None as a version means "does not exist"."""

    def __init__(self, type_url: str) -> None:
        self.type_url = type_url
        self.rank = rank(type_url)
        self.wildcard = False
        self.names: set[str] = set()
        self.acked: dict[str, str | None] = {}
        self.nacked: dict[str, str | None] = {}
        self.outstanding: dict[str, Content] = {}  # by nonce, oldest first
        self.in_flight: dict[str, Resource | None] = {}  # what was sent last, as long as it is
        self.refused_together: list[frozenset[str]] = []  # responses of several, none changed since
        self.pending: set[str] = set()  # names to look at
        self.again: set[str] = set()  # names to send even if the version is held already
        self.again_in_flight: set[str] = set()
        self.greet = False  # an empty answer is owed, or the proxy waits for its first one

    def wants(self, name: str) -> bool:
        """Whether the proxy subscribed to `name`, by name or by wildcard."""
        return self.wildcard or name in self.names

    def up_to_date(self, name: str, target: str | None) -> bool:
        """Whether there is nothing to tell about `name`, whose version should be `target`."""
        if name in self.again:
            return False
        if name in self.nacked:
            return self.nacked[name] == target
        if name in self.acked:
            return self.acked[name] == target
        return target is None and name not in self.names

    def on_its_way(self, name: str, target: str | None) -> bool:
        """Whether this very version was sent last and is yet to be answered."""
        return name in self.in_flight and _version(self.in_flight[name]) == target

    def settled(self, name: str, target: str) -> bool:
        """Whether the proxy has answered for this version and nothing else is on its way."""
        if name in self.in_flight:
            return False
        if name in self.nacked:
            return self.nacked[name] == target
        return self.acked.get(name) == target

    def holds_exactly(self, name: str, target: str | None) -> bool:
        """Whether the proxy surely holds this version, and nothing is on its way."""
        if name in self.nacked or name in self.in_flight or target is None:
            return False
        return self.acked.get(name) == target

    def warm(self, name: str) -> bool:
        """Whether the proxy has answered for any version since it last had to ask anew."""
        if name in self.again or name in self.again_in_flight:
            return False
        return name in self.nacked or self.acked.get(name) is not None

    def look_at(self, names: Iterable[str]) -> None:
        self.pending.update(names)

    def send(self, nonce: str, content: Content) -> None:
        """Book a response as outstanding."""
        self.outstanding[nonce] = content
        self.in_flight.update(content)
        again = self.again & content.keys()
        self.again_in_flight |= again
        self.again = self.again - again  # a new set: an emptied one stays large
        self.greet = False

    def answer(self, nonce: str, refused: bool) -> Content:
        """Book an outstanding response as acknowledged or refused; returns what was in it."""
        content = self.outstanding.pop(nonce)
        for name, resource in content.items():
            if self.in_flight.get(name, content) is resource:
                del self.in_flight[name]
            if not self.wants(name):
                continue
            version = _version(resource)
            if refused:
                self.nacked[name] = version
                continue
            self.nacked.pop(name, None)
            if version is None and name not in self.names:
                self.acked.pop(name, None)
            else:
                self.acked[name] = version
        if refused and len(content) > 1:
            self.refused_together.append(frozenset(content))
        if not self.outstanding:
            # New ones: emptied, they would stay as large as they ever were.
            self.in_flight, self.again_in_flight = {}, set()
        return content

    def changed(self, name: str) -> None:
        """`name` is to be looked at. What was refused together with it is sent again, whatever its
        version: a response is refused as a whole, so they may be blameless and will not change by
        themselves, and the proxy may hold the refused version of some and the old one of others."""
        self.pending.add(name)
        if not self.refused_together:
            return
        with_it = [group for group in self.refused_together if name in group]
        self.refused_together = [group for group in self.refused_together if name not in group]
        for other in {other for group in with_it for other in group} - {name}:
            if self.wants(other):
                self.again.add(other)
                self.pending.add(other)

    def drop(self, name: str) -> None:
        """The proxy no longer wants `name` and forgets it."""
        self.acked.pop(name, None)
        self.nacked.pop(name, None)
        for names in (self.pending, self.again, self.again_in_flight):
            names.discard(name)


def _version(resource: Resource | None) -> str | None:
    return None if resource is None else resource.version
