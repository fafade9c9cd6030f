"""One kind that is followed: its lists, and what was told of it.

Knows which objects of a kind mean nothing to anybody and are left on the server, and that lists
come and go while what was told stays until a list says otherwise. Must not know what is done with
what is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from portway.adapters.kube.client import Client
from portway.adapters.kube.discovery import Served
from portway.adapters.kube.extent import Part
from portway.adapters.kube.failure import FORBIDDEN
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.protocol import Place
from portway.adapters.kube.reflector import Reflector
from portway.adapters.kube.replicas import REPLICA
from portway.core.infra import SNAPSHOT_TYPE

# Secrets that no Gateway and no policy can name, and that a cluster may have very many of; our own
# snapshots are large as well.
_SELECTORS: Final[Mapping[str, str]] = {
    "Secret": "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,"
    "type!=kubernetes.io/dockerconfigjson,type!=bootstrap.kubernetes.io/token,"
    f"type!={SNAPSHOT_TYPE}",
}
# What replicas tell each other means nothing to routing, and changes with every acknowledgement.
_LABELS: Final[Mapping[str, str]] = {"ConfigMap": f"!{REPLICA}"}


class Listing:
    """One list of a kind: all of its objects, those of one namespace, or one of them."""

    def __init__(self, reflector: Reflector, patience: float) -> None:
        self.reflector = reflector
        self.patience = patience  # seconds left to wait for permission
        self.task: asyncio.Task[None] | None = None

    @property
    def may_not(self) -> bool:
        """Whether the server forbids to read it."""
        refused = self.reflector.refused
        return refused is not None and refused.status == FORBIDDEN

    @property
    def ready(self) -> bool:
        """Whether there is nothing to wait for: it was listed, or we may not."""
        return self.reflector.listed.is_set() or self.patience <= 0

    @property
    def left(self) -> bool:
        """Whether it is followed no more."""
        return self.task is not None and (self.task.cancelling() > 0 or self.task.done())


class Followed:
    """One kind."""

    def __init__(
        self,
        client: Client,
        served: Served,
        told: set[Place],
        take: Callable[["Followed", list[Change]], None],
        missing: Callable[[], None],
    ) -> None:
        """``told``: what is known of it from elsewhere; ``take`` is told what changes, ``missing``
        that the server has no such list."""
        self.served = served
        self.told = told
        self.lists: dict[Part, Listing] = {}
        self._client = client
        self._take = take
        self._missing = missing

    def follow(self, parts: Iterable[Part], begin: Callable[[Listing], None]) -> list[Change]:
        """Follow these lists from now on, and others no more; ``begin`` is given the new ones.
        What was told and is in none of them is gone."""
        wanted = dict.fromkeys(parts)
        for part in self.lists.keys() - wanted.keys():
            _end(self.lists.pop(part))
        added = [part for part in wanted if part not in self.lists]
        for part in added:
            self.lists[part] = self._list(part)
            begin(self.lists[part])
        lost = [each for each in self.told if not any(part.holds(each) for part in self.lists)]
        return [Change(place, None) for place in sorted(lost)]

    def ready(self, place: Place) -> bool:
        """Whether what is there is known, or need not be waited for."""
        if place in self.told:
            return True
        return all(each.ready for part, each in self.lists.items() if part.holds(place))

    def leave(self) -> None:
        """Follow it no more."""
        for each in self.lists.values():
            _end(each)

    def _list(self, part: Part) -> Listing:
        # One that is named is read whatever it is: its type may be what is wrong with it.
        types = "" if part.name else _SELECTORS.get(self.served.kind, "")
        reflector = Reflector(
            self._client,
            part.path,
            lambda changes: self._take(self, changes),
            selector=",".join(filter(None, (types, part.selector))),
            labels=_LABELS.get(self.served.kind, ""),
            missing=self._missing,
        )
        reflector.mirror.expect(each for each in self.told if part.holds(each))
        return Listing(reflector, self._client.rhythm.forbidden)


def _end(listing: Listing) -> None:
    assert listing.task is not None
    listing.task.cancel()
