"""Keeps what is made for Gateways in the embedded API as it should be.

Knows the store, and whose an object is: only what has the Gateway's very UID as its controller is
ever changed, and only what we have written removed: a Gateway of another controller has objects of
its own. What somebody else made under the same name stays, and a log line says so.
Objects go with their Gateway by their owner reference. Must not know what the objects hold.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from portway.adapters.admin import log
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.adapters.apiserver.store.stored import Stored
from portway.core import model
from portway.core.infra import Document

_log = logging.getLogger(__name__)
_MANAGER = "portway"
_TABLES = {"Service": "services.", "ServiceAccount": "serviceaccounts."}

Wanted = Callable[[model.ObjectKey, str], Iterable[Document]]
"""Given a Gateway and its UID: what should be there because of it."""


class Generated:
    """The objects of all Gateways."""

    def __init__(self, store: ObjectStore, wanted: Wanted) -> None:
        self._store = store
        self._wanted = wanted
        self._told: set[tuple[str, str, str]] = set()
        self._services: dict[tuple[str, str], model.ObjectKey] = {}

    def owner_of(self, namespace: str, name: str) -> set[model.ObjectKey]:
        """The Gateway whose Service that is, if any: whoever deletes one gets it again."""
        found = self._services.get((namespace, name))
        return set() if found is None else {found}

    def keep(self, gateway: Stored) -> None:
        """Bring the objects of one Gateway up to date."""
        meta = gateway.document["metadata"]
        uid = meta["uid"]
        if meta.get("deletionTimestamp"):
            return
        key = model.ObjectKey("Gateway", meta["namespace"], meta["name"])
        documents = self._wanted(key, uid)
        wanted = {(_TABLES[each["kind"]], each["metadata"]["name"]): each for each in documents}
        for (table, name), document in wanted.items():
            self._put(table, key.namespace, name, document, uid)
            if document["kind"] == "Service":
                self._services[key.namespace, name] = key
        for table, namespace, name in sorted(self._store.tables.dependents.get(uid, ())):
            if table in _TABLES.values() and (table, name) not in wanted:
                self._remove(table, namespace, name, uid)

    def _put(self, table: str, namespace: str, name: str, document: Document, uid: str) -> None:
        there = self._store.tables.tables[table].get(namespace, name)
        if there is not None and not _controls(uid, there):
            if (table, namespace, name) not in self._told:
                self._told.add((table, namespace, name))
                words = (
                    f"{document['kind']} {namespace}/{name} is somebody else's and is left alone"
                )
                log.event(_log, "warning", words)
            return
        status = document.get("status")
        main = {field: value for field, value in document.items() if field != "status"}
        kind = self._store.tables.tables[table].kind
        options = WriteOptions(api_version="v1", manager=_MANAGER, force=True)
        stored, _ = self._store.apply(kind, namespace, name, main, options)
        if status is not None and stored.document.get("status") != status:
            options = WriteOptions(
                api_version="v1", manager=_MANAGER, subresource="status", validation="Ignore"
            )
            self._store.update(kind, namespace, name, {"metadata": {}, "status": status}, options)

    def _remove(self, table: str, namespace: str, name: str, uid: str) -> None:
        there = self._store.tables.tables[table].get(namespace, name)
        if there is None or not _controls(uid, there) or not _written_by_us(there):
            return
        own = there.document["metadata"]["uid"]
        kind = self._store.tables.tables[table].kind
        self._store.delete(kind, namespace, name, DeleteOptions(uid=own))


def _controls(uid: str, stored: Stored) -> bool:
    owners: list[dict[str, Any]] = stored.document["metadata"].get("ownerReferences") or []
    return any(each.get("controller") and each.get("uid") == uid for each in owners)


def _written_by_us(stored: Stored) -> bool:
    entries: list[dict[str, Any]] = stored.document["metadata"].get("managedFields") or []
    return any(
        each.get("manager") == _MANAGER and each.get("operation") == "Apply" for each in entries
    )
