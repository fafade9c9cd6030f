"""What the proxies of one owner have acknowledged, taken together.

An owner (a Gateway) may have several proxies, and of a change it is true that it is served only
when each of them has taken it. One that has just begun does not count until it has everything: it
gets no traffic before that, and what the others have taken stays true. Where none has everything
yet, all count, so that the first one's progress is seen.

Knows streams by whatever tells them apart, owners by names and versions by their text. Must not
know which of the keys matter to anybody, nor any clock.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping

from portway.core.delta.message import Ack
from portway.core.delta.resource import Key

News = dict[Key, str | None]
"""What is acknowledged by all now, where that changed; None: not by all, or not there."""


class _Proxy:
    """One stream: what it holds, and whether it has ever had everything."""

    __slots__ = ("complete", "held")

    def __init__(self) -> None:
        self.held: dict[Key, str] = {}
        self.complete = False


class _Group:
    """The proxies of one owner."""

    __slots__ = ("proxies", "together")

    def __init__(self) -> None:
        self.proxies: dict[Hashable, _Proxy] = {}
        self.together: dict[Key, str] = {}

    def counted(self) -> list[_Proxy]:
        everybody = list(self.proxies.values())
        return [each for each in everybody if each.complete] or everybody


class Fleet:
    """All proxies that are connected. An owner's keys are its own: no two owners share one."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._owners: dict[Hashable, str] = {}

    def opened(self, stream: Hashable, owner: str) -> None:
        """A proxy connected."""
        self._owners[stream] = owner
        self._groups.setdefault(owner, _Group()).proxies[stream] = _Proxy()

    def closed(self, stream: Hashable) -> News:
        """A proxy hung up: what it had acknowledged no longer counts."""
        owner = self._owners.pop(stream, None)
        if owner is None:
            return {}
        group = self._groups[owner]
        gone = group.proxies.pop(stream)
        if not group.proxies:
            del self._groups[owner]
        return _news(group, {*group.together, *gone.held, *_held(group)})

    def complete(self, stream: Hashable) -> News:
        """A proxy has acknowledged everything there was for it."""
        owner = self._owners.get(stream)
        if owner is None:
            return {}
        group = self._groups[owner]
        proxy = group.proxies[stream]
        if proxy.complete:
            return {}
        proxy.complete = True
        return _news(group, {*group.together, *_held(group)})

    def acknowledged(self, stream: Hashable, ack: Ack) -> News:
        """A proxy holds what it acknowledged and lacks what was removed."""
        owner = self._owners.get(stream)
        if owner is None:
            return {}
        group = self._groups[owner]
        held = group.proxies[stream].held
        for name, version in ack.versions.items():
            held[(ack.type_url, name)] = version
        for name in ack.removed:
            held.pop((ack.type_url, name), None)
        return _news(group, {(ack.type_url, name) for name in (*ack.versions, *ack.removed)})

    def holds(self, stream: Hashable, held: Mapping[Key, str], *, complete: bool) -> News:
        """A proxy, or several of which somebody else keeps the books, holds exactly this."""
        owner = self._owners.get(stream)
        if owner is None:
            return {}
        group = self._groups[owner]
        proxy = group.proxies[stream]
        before, proxy.held, proxy.complete = proxy.held, dict(held), complete
        return _news(group, {*group.together, *before, *_held(group)})

    def follows(self, stream: Hashable, news: News) -> News:
        """The same, told by what has changed of it."""
        owner = self._owners.get(stream)
        if owner is None:
            return {}
        group = self._groups[owner]
        held = group.proxies[stream].held
        for key, version in news.items():
            if version is None:
                held.pop(key, None)
            else:
                held[key] = version
        return _news(group, news)

    def owners(self) -> Iterable[str]:
        """Those that have proxies."""
        return self._groups.keys()

    def together(self, owner: str) -> tuple[Mapping[Key, str], bool]:
        """What all proxies of an owner have acknowledged, and whether one of them has ever had
        everything."""
        group = self._groups.get(owner)
        if group is None:
            return {}, False
        return group.together, any(each.complete for each in group.proxies.values())

    def owner(self, stream: Hashable) -> str | None:
        """Whose proxy it is; None for one that is not connected."""
        return self._owners.get(stream)

    def proxies(self, owner: str) -> int:
        """How many proxies of the owner are connected."""
        group = self._groups.get(owner)
        return 0 if group is None else len(group.proxies)


def _held(group: _Group) -> Iterator[Key]:
    return (key for proxy in group.proxies.values() for key in proxy.held)


def _news(group: _Group, keys: Iterable[Key]) -> News:
    news: News = {}
    counted = group.counted()
    for key in keys:
        before = group.together.get(key)
        now = _together([proxy.held.get(key) for proxy in counted], before)
        if now == before:
            continue
        news[key] = now
        if now is None:
            del group.together[key]
        else:
            group.together[key] = now
    return news


def _together(versions: list[str | None], before: str | None) -> str | None:
    """While some are ahead of others, what all had before is what can be said."""
    first = versions[0] if versions else None
    if first is None or None in versions:
        return None
    return first if all(each == first for each in versions) else before
