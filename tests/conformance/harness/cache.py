"""What the API holds, kept by list and watch, and a sign that something changed.

Knows how to stay up to date. Must not know what is done about a change.
"""

import asyncio
from collections.abc import Iterable, Iterator

import httpx

from tests.conformance.harness.api import Api, Document, Gone

Key = tuple[str, str]
_PAUSE = 0.2


class Cache:
    """The objects of some kinds, by kind and (namespace, name)."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds: dict[str, dict[Key, Document]] = {kind: {} for kind in kinds}
        self._listed: set[str] = set()
        self.changed = asyncio.Event()
        """Set at every change; whoever waits for it clears it."""

    async def run(self, api: Api) -> None:
        """Keep every kind until cancelled."""
        async with asyncio.TaskGroup() as group:
            for kind in self._kinds:
                group.create_task(self._keep(api, kind))

    @property
    def complete(self) -> bool:
        """Whether every kind was listed once."""
        return len(self._listed) == len(self._kinds)

    def all(self, kind: str) -> Iterator[Document]:
        """The objects of a kind, in the order of their names."""
        found = self._kinds[kind]
        return (found[key] for key in sorted(found))

    def find(self, kind: str, namespace: str, name: str) -> Document | None:
        """An object; None if there is none."""
        return self._kinds[kind].get((namespace, name))

    def put(self, document: Document) -> None:
        """Take an object, unless a newer one is known."""
        objects = self._kinds[document["kind"]]
        known = objects.get(_key(document))
        if known is None or _revision(known) < _revision(document):
            objects[_key(document)] = document
            self.changed.set()

    def drop(self, document: Document) -> None:
        """An object is gone."""
        objects = self._kinds[document["kind"]]
        known = objects.get(_key(document))
        if known is not None and known["metadata"]["uid"] == document["metadata"]["uid"]:
            del objects[_key(document)]
            self.changed.set()

    async def _keep(self, api: Api, kind: str) -> None:
        while True:
            try:
                items, revision = await api.list(kind)
                self._kinds[kind] = {_key(each): each for each in items}
                self._listed.add(kind)
                self.changed.set()
                async for what, document in api.watch(kind, revision):
                    if what == "DELETED":
                        self.drop(document)
                    else:
                        self.put(document)
            except (Gone, httpx.TransportError):
                await asyncio.sleep(_PAUSE)


def _key(document: Document) -> Key:
    metadata = document["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _revision(document: Document) -> int:
    return int(document["metadata"]["resourceVersion"])
