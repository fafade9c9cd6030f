"""Which Secrets and ConfigMaps are read: those that something names, and no others.

    objects ─► what they name (`core.api.named`) ─► Needs ─► Spread ─► lists to follow

Knows who names what, and how many lists that may make. Must not know sockets, nor what the objects
mean. One is followed by a list of its name alone, so that neither its neighbours' bytes nor their
secrets ever come here. Lists are bounded: a namespace of which many are wanted is followed as a
whole, and so are all of them, or the whole cluster, where that would be too many lists still.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable
from typing import Final

from portway.adapters.kube.discovery import Served
from portway.adapters.kube.extent import Extent, Part, inside
from portway.core.api import Named

EACH: Final = 16
"""Objects of one namespace and kind that are followed by their names."""
MOST: Final = 100
"""Lists of one kind, but for one of each namespace that is watched where those are named."""

_NAMES, _NAMESPACES, _EVERYTHING = range(3)


class Needs:
    """Who names what."""

    def __init__(self) -> None:
        self._by: dict[Hashable, frozenset[Named]] = {}
        self._count: Counter[Named] = Counter()

    def replace(self, by: Hashable, named: frozenset[Named]) -> None:
        """An object names exactly these; none when it is gone."""
        before = self._by.pop(by, frozenset())
        if named:
            self._by[by] = named
        self._count.update(named - before)
        for each in before - named:
            self._count[each] -= 1
            if not self._count[each]:
                del self._count[each]

    def add(self, by: Hashable, named: frozenset[Named]) -> None:
        """An object is to name these, and what it names now is not given up yet."""
        self.replace(by, self._by.get(by, frozenset()) | named)

    def __contains__(self, each: Named) -> bool:
        """Whether anything names it."""
        return each in self._count


class Spread:
    """The lists of one kind. What has become coarse becomes fine again only at half of the bound,
    so that one object more or less does not begin everything anew."""

    def __init__(self, served: Served, extent: Extent) -> None:
        self._served = served
        self._extent = extent
        self._level = _NAMES
        self._whole: frozenset[str] = frozenset()

    def _holds(self, each: Named) -> bool:
        """Whether it is in what is read at all."""
        return not self._extent.namespaces or each.namespace in self._extent.namespaces

    def parts(self, wanted: Collection[Named]) -> tuple[Part, ...]:
        """Lists that hold what is wanted of the kind, and no object in two of them."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        for each in wanted:
            if self._holds(each):
                names[each.namespace].add(each.name)
        self._whole = frozenset(
            namespace
            for namespace, found in names.items()
            if len(found) > (EACH // 2 if namespace in self._whole else EACH)
        )
        lists = sum(1 if each in self._whole else len(found) for each, found in names.items())
        self._level = next(
            level
            for level, count in ((_NAMES, lists), (_NAMESPACES, len(names)), (_EVERYTHING, 0))
            if count <= (MOST if level >= self._level else MOST // 2)
        )
        if self._level == _EVERYTHING:
            return self._extent.lists(self._served)
        coarse = set(names) if self._level == _NAMESPACES else self._whole
        path = self._served.path
        return tuple(
            part
            for namespace, found in sorted(names.items())
            for part in (
                (Part(inside(path, namespace), namespace=namespace),)
                if namespace in coarse
                else tuple(
                    Part(inside(path, namespace), f"metadata.name={each}", namespace, each)
                    for each in sorted(found)
                )
            )
        )
