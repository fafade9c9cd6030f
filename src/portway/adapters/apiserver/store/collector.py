"""What goes when something else went: dependents of owners, and what is in a namespace.

Knows owner references, finalizers of propagation and namespaces. Must not know HTTP. It works in
the background, a bounded piece at a time, so that a large namespace never holds up requests.
"""

import asyncio
from typing import Final

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document, Refused
from portway.adapters.apiserver.store.filed import Filed
from portway.adapters.apiserver.store.options import DeleteOptions
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import Place, Tables, owners
from portway.adapters.apiserver.store.watchlog import Change
from portway.adapters.apiserver.store.writer import Writer

_PIECE: Final = 50
_FOREGROUND: Final = "foregroundDeletion"


class Collector:
    """Deletes in the background until cancelled."""

    def __init__(self, tables: Tables, writer: Writer) -> None:
        self._tables = tables
        self._writer = writer
        self._dependents: set[Place] = set()
        self._owners: set[str] = set()
        self._namespaces: set[str] = set()
        self._work = asyncio.Event()
        tables.committed = self.committed

    def committed(self, kind: Kind, change: Change) -> None:
        """Look at a change: is there something to do because of it?"""
        meta = change.last.document["metadata"]
        uid, namespace = meta["uid"], meta.get("namespace", "")
        if change.new is None:
            self._dependents |= self._tables.dependents.get(uid, set())
        elif _FOREGROUND in (meta.get("finalizers") or ()) and "deletionTimestamp" in meta:
            self._owners.add(uid)
            self._dependents |= self._tables.dependents.get(uid, set())
        if change.new is not None and owners(change.new) != owners(change.old):
            self._dependents.add((kind.key, namespace, meta["name"]))
        if change.new is None:
            self._owners |= owners(change.last)
            self._namespaces |= {namespace} if self._terminating(namespace) else set()
        if kind.key == "namespaces." and change.new is not None and "deletionTimestamp" in meta:
            self._namespaces.add(meta["name"])
        if self._dependents or self._owners or self._namespaces:
            self._work.set()

    def resume(self) -> None:
        """Take up what an earlier run left undone."""
        for table in self._tables.tables.values():
            for stored in table.listed():
                change = Change(stored.revision, stored, None, stored)
                self.committed(table.kind, change)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._work.wait()
            if not self.step():
                self._work.clear()
            # Requests come in between the pieces.
            await asyncio.sleep(0)

    def step(self) -> bool:
        """Do a piece of the work; False if there is none."""
        if self._dependents:
            for _ in range(min(_PIECE, len(self._dependents))):
                self._collect(self._dependents.pop())
            return True
        if self._owners:
            self._finish_owner(self._owners.pop())
            return True
        if self._namespaces:
            name = self._namespaces.pop()
            if self._drain(name):
                self._namespaces.add(name)
            return True
        return False

    def _collect(self, place: Place) -> None:
        """Delete a dependent none of whose owners is left, or whose owner goes first with it."""
        table = self._tables.tables.get(place[0])
        stored = table.get(place[1], place[2]) if table else None
        if table is None or stored is None or "deletionTimestamp" in stored.document["metadata"]:
            return
        references = stored.document["metadata"].get("ownerReferences") or ()
        living = [self._owner(place[1], each) for each in references]
        if any(each is not None and not _waits_for_dependents(each) for each in living):
            return
        if references:
            self._delete(table.kind, stored)

    def _owner(self, namespace: str, reference: Document) -> Stored | None:
        group, _, _ = reference.get("apiVersion", "").rpartition("/")
        for table in self._tables.tables.values():
            if table.kind.kind == reference.get("kind") and table.kind.group == group:
                space = namespace if table.kind.namespaced else ""
                found = table.get(space, reference.get("name", ""))
                return found if found is not None and found.uid == reference.get("uid") else None
        return None

    def _finish_owner(self, uid: str) -> None:
        """An owner that waits for its dependents may go once there are none."""
        if self._tables.dependents.get(uid):
            return
        for table in self._tables.tables.values():
            for space in table.spaces.values():
                for stored in space.values():
                    if stored.uid == uid and _waits_for_dependents(stored):
                        self._release(table.kind, stored)
                        return

    def _release(self, kind: Kind, stored: Stored) -> None:
        meta = stored.document["metadata"]
        left = [each for each in meta["finalizers"] if each != _FOREGROUND]
        if not left:
            self._writer.remove(kind, stored)
            return
        document = {**stored.document, "metadata": {**meta, "finalizers": left}}
        self._writer.rewrite(kind, stored, document)

    def _terminating(self, namespace: str) -> bool:
        space = self._tables.tables["namespaces."].get("", namespace) if namespace else None
        return space is not None and "deletionTimestamp" in space.document["metadata"]

    def _drain(self, name: str) -> bool:
        """Delete a piece of a namespace; True if there is more to delete at once."""
        spaces = self._tables.tables["namespaces."]
        namespace = spaces.get("", name)
        if namespace is None or "deletionTimestamp" not in namespace.document["metadata"]:
            return False
        left = [
            (table.kind, stored)
            for table in self._tables.tables.values()
            if table.kind.namespaced
            for stored in list(table.spaces.get(name, {}).values())
        ]
        # A namespace of which files hold something is not deleted to begin with; what came into a
        # file since then goes with the file.
        fresh = [each for each in left if not isinstance(each[1], Filed) and _lives(each[1])]
        for kind, stored in fresh[:_PIECE]:
            self._delete(kind, stored)
        if left:
            return len(fresh) > _PIECE
        if namespace.document["metadata"].get("finalizers"):
            return False
        self._writer.remove(spaces.kind, namespace)
        return False

    def _delete(self, kind: Kind, stored: Stored) -> None:
        try:
            self._writer.delete(kind, stored.namespace, stored.name, DeleteOptions())
        except Refused as refused:
            if refused.code != 404:
                raise


def _lives(stored: Stored) -> bool:
    return "deletionTimestamp" not in stored.document["metadata"]


def _waits_for_dependents(stored: Stored) -> bool:
    meta = stored.document["metadata"]
    return "deletionTimestamp" in meta and _FOREGROUND in (meta.get("finalizers") or ())
