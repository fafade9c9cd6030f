"""What all proxies have acknowledged, those of other control planes included.

Several control planes give the same configuration to the proxies of one Gateway, each to those that
are connected to it, and whoever speaks of the Gateway has to know of all. So each tells the others
what its own have acknowledged together (a report), and adds theirs to its own.

Knows fleets and reports. Must not know how reports travel, nor when one is too old to count.
"""

from collections.abc import Mapping

import msgspec

from portway.core.delta.fleet import Fleet, News
from portway.core.delta.message import Ack
from portway.core.delta.resource import Key


class Taken(msgspec.Struct, frozen=True):
    """What the proxies of one owner have acknowledged together; ``complete``: some have ever had
    everything."""

    held: dict[str, dict[str, str]]
    """Versions by type and name."""
    complete: bool = False


Report = dict[str, Taken]
"""By owner."""

_HERE = "here"


class Fleets:
    """Our own proxies, and what others report of theirs."""

    def __init__(self) -> None:
        self._own = Fleet()
        self._whole = Fleet()
        self._reports: dict[str, Report] = {}

    def opened(self, stream: int, owner: str) -> News:
        """A proxy of ours connected."""
        self._own.opened(stream, owner)
        return self._told(owner)

    def acknowledged(self, stream: int, ack: Ack) -> News:
        """A proxy of ours holds what it acknowledged and lacks what was removed."""
        owner = self._own.owner(stream)
        return self._whole.follows((_HERE, owner), self._own.acknowledged(stream, ack))

    def complete(self, stream: int) -> News:
        """A proxy of ours has acknowledged everything there was for it."""
        owner = self._own.owner(stream)
        self._own.complete(stream)
        return {} if owner is None else self._told(owner)

    def closed(self, stream: int) -> News:
        """A proxy of ours hung up."""
        owner = self._own.owner(stream)
        self._own.closed(stream)
        return {} if owner is None else self._told(owner)

    def agree(self, owner: str, versions: Mapping[Key, str]) -> bool:
        """Whether all proxies of an owner, and there are some, have acknowledged these."""
        held, complete = self._whole.together(owner)
        return complete and all(held.get(key) == version for key, version in versions.items())

    def report(self) -> Report:
        """What others have to know."""
        return {owner: _taken(*self._own.together(owner)) for owner in self._own.owners()}

    def reported(self, by: str, report: Report) -> News:
        """Another control plane has told what its proxies hold; empty: it has none any more."""
        news: News = {}
        before = self._reports.pop(by, {})
        if report:
            self._reports[by] = report
        for owner in before.keys() - report.keys():
            news |= self._whole.closed((by, owner))
        for owner, taken in report.items():
            if before.get(owner) == taken:
                continue
            news |= self._holds(by, owner, _held(taken), complete=taken.complete)
        return news

    def _told(self, owner: str) -> News:
        """What follows for the whole from what ours have."""
        if not self._own.proxies(owner):
            return self._whole.closed((_HERE, owner))
        held, complete = self._own.together(owner)
        return self._holds(_HERE, owner, held, complete=complete)

    def _holds(self, by: str, owner: str, held: Mapping[Key, str], *, complete: bool) -> News:
        if self._whole.owner((by, owner)) is None:
            self._whole.opened((by, owner), owner)
        return self._whole.holds((by, owner), held, complete=complete)


def _taken(held: Mapping[Key, str], complete: bool) -> Taken:
    by_type: dict[str, dict[str, str]] = {}
    for (type_url, name), version in sorted(held.items()):
        by_type.setdefault(type_url, {})[name] = version
    return Taken(by_type, complete)


def _held(taken: Taken) -> dict[Key, str]:
    return {
        (type_url, name): version
        for type_url, versions in taken.held.items()
        for name, version in versions.items()
    }
