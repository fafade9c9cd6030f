"""Create, update, patch, apply and delete, with the rules clients rely on.

Knows optimistic locking, the status subresource, generations and finalizers. Must not know HTTP.
Every write returns the object as it is now; nothing changes in a dry run. A write that changes
nothing keeps the revision.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import (
    Document,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    not_found,
)
from portway.adapters.apiserver.store import managed, metadata
from portway.adapters.apiserver.store.admit import admitted, known_only, merged_text
from portway.adapters.apiserver.store.filed import Filed
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import Table, Tables
from portway.core import api

Change = Callable[[Document], Any]
Place = Callable[[Kind, Stored], str]
"""Where an object of a file is written, for the eyes of users."""
_FOREGROUND = "foregroundDeletion"
_KEPT_NAMESPACES = frozenset({api.DEFAULT_NAMESPACE})


class Writer:
    """Writes to the tables. Call it from the event loop's thread."""

    def __init__(
        self,
        tables: Tables,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        place: Place = lambda _kind, _stored: "a file",
    ) -> None:
        self._tables = tables
        self._clock = clock
        self._place = place

    def _writable(self, kind: Kind, namespace: str, name: str) -> Stored:
        """The object, to be changed. Raises Refused (403) for one that a file holds."""
        found = self.get(kind, namespace, name)
        self.check_files(kind, found)
        return found

    def check_files(self, kind: Kind, found: Stored) -> None:
        """Raises Refused (403) for what a file holds."""
        if isinstance(found, Filed):
            why = f"it is in {self._place(kind, found)}, and what a file says counts"
            raise forbidden(kind, found.name, f"{why}; change it there")

    def get(self, kind: Kind, namespace: str, name: str) -> Stored:
        """The object. Raises Refused (404)."""
        found = self._tables.tables[kind.key].get(namespace, name)
        if found is None:
            raise not_found(kind, name)
        return found

    def create(self, kind: Kind, namespace: str, document: Any, options: WriteOptions) -> Stored:
        """Store a new object."""
        _check_type(kind, document, options)
        meta = metadata.for_create(kind, namespace, document.get("metadata"), self._now())
        table = self._tables.tables[kind.key]
        if table.get(namespace, meta["name"]) is not None:
            raise already_exists(kind, meta["name"])
        self._check_namespace(kind, namespace, meta["name"])
        document = metadata.ordered(document, kind, options.api_version, meta)
        if kind.has_status:
            document.pop("status", None)
        document, resource = admitted(kind, document, None, options)
        manager = managed.Manager(options.manager, "Update", options.api_version)
        schema = kind.schema(options.api_version)
        entries = managed.after_update(
            {}, _without_status(kind, document), schema, manager, self._now()
        )
        return self._put(kind, None, document, entries, resource, options)

    def update(
        self, kind: Kind, namespace: str, name: str, document: Any, options: WriteOptions
    ) -> Stored:
        """Replace an object, or its status."""
        _check_type(kind, document, options)
        old = self._writable(kind, namespace, name)
        return self._replace(kind, old, document, options)

    def patch(
        self, kind: Kind, namespace: str, name: str, change: Change, options: WriteOptions
    ) -> Stored:
        """Replace an object by what ``change`` makes of it."""
        old = self._writable(kind, namespace, name)
        document = change(old.view(options.api_version))
        _check_type(kind, document, options)
        return self._replace(kind, old, document, options)

    def apply(
        self, kind: Kind, namespace: str, name: str, applied: Any, options: WriteOptions
    ) -> tuple[Stored, bool]:
        """Merge a configuration and take its fields. Returns (the object, whether it is new)."""
        _check_type(kind, applied, options)
        given = applied.get("metadata") or {}
        if given.get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        if given.get("name", name) != name:
            raise bad_request(f"the name on the URL is {name}, the object says {given['name']}")
        table = self._tables.tables[kind.key]
        old = table.get(namespace, name)
        applied = {**applied, "metadata": {**given, "name": name}}
        applied = known_only(kind, _secret_text(kind, applied), options)
        if old is None:
            if options.subresource:
                raise not_found(kind, name)
            return self._created_by_apply(kind, namespace, name, applied, options), True
        self.check_files(kind, old)
        for what in ("uid", "resourceVersion"):
            if given.get(what) and given[what] != old.document["metadata"][what]:
                raise conflict(kind, name)
        applied = _own_part(kind, applied, options.subresource)
        manager = managed.Manager(
            options.manager, "Apply", options.api_version, options.subresource
        )
        schema = kind.schema(options.api_version)
        merged, entries = managed.apply(
            old.view(options.api_version),
            applied,
            schema,
            manager,
            self._now(),
            force=options.force,
        )
        return self._replace(kind, old, merged, options, entries), False

    def delete(
        self, kind: Kind, namespace: str, name: str, options: DeleteOptions
    ) -> tuple[Stored, bool]:
        """Delete, or mark as being deleted if something must be finished first. Returns (the
        object as it was or is, whether it is gone)."""
        old = self._writable(kind, namespace, name)
        meta = old.document["metadata"]
        for wanted, have in (
            (options.uid, meta["uid"]),
            (options.revision, meta["resourceVersion"]),
        ):
            if wanted and wanted != have:
                raise conflict(kind, name, f"Precondition failed: {wanted} is not {have}")
        is_namespace = kind.kind == "Namespace" and not kind.group
        if is_namespace and name in _KEPT_NAMESPACES:
            raise forbidden(kind, name, "this namespace may not be deleted")
        if is_namespace:
            self._check_no_files(kind, name)
        finalizers = list(meta.get("finalizers") or ())
        waits = bool(finalizers) or is_namespace
        if options.propagation == "Foreground" and self._tables.dependents.get(old.uid):
            waits = True
            if _FOREGROUND not in finalizers:
                finalizers.append(_FOREGROUND)
        if options.propagation == "Orphan" and not options.dry_run:
            self._orphan(old.uid)
        if not waits:
            return (old if options.dry_run else self.remove(kind, old)), True
        if "deletionTimestamp" in meta or options.dry_run:
            return old, False
        more: Document = {"deletionTimestamp": self._now(), "deletionGracePeriodSeconds": 0}
        if finalizers:
            more["finalizers"] = finalizers
        if "generation" in meta:
            more["generation"] = meta["generation"] + 1
        document = {**old.document, "metadata": {**meta, **more}}
        if is_namespace:
            document["status"] = {**document.get("status", {}), "phase": "Terminating"}
        return self.rewrite(kind, old, document), False

    def _check_no_files(self, kind: Kind, namespace: str) -> None:
        """A namespace cannot be emptied of what files hold."""
        for table in self._tables.tables.values():
            for each in table.spaces.get(namespace, {}).values() if table.kind.namespaced else ():
                if isinstance(each, Filed):
                    place = self._place(table.kind, each)
                    what = f"{table.kind.kind} {each.name} in it is in {place}"
                    why = f"{what}, and what a file says counts; remove it there first"
                    raise forbidden(kind, namespace, why)

    def _orphan(self, uid: str) -> None:
        """Take an owner's name out of its dependents, so that they stay when it goes."""
        for key, namespace, name in tuple(self._tables.dependents.get(uid, ())):
            table = self._tables.tables[key]
            stored = table.get(namespace, name)
            if stored is None:
                continue
            meta = dict(stored.document["metadata"])
            left = [each for each in meta.pop("ownerReferences") if each["uid"] != uid]
            if left:
                meta["ownerReferences"] = left
            self.rewrite(table.kind, stored, {**stored.document, "metadata": meta})

    def remove(self, kind: Kind, old: Stored) -> Stored:
        """Take an object out at once. Returns it as it went."""
        gone = self._versioned(old.document, old.resource)
        self._tables.commit(kind, old, None, gone)
        return gone

    def rewrite(self, kind: Kind, old: Stored, document: Document) -> Stored:
        """A change by the server itself: no checks, no manager."""
        new = self._versioned(document, api.decode(document) if kind.typed else None)
        self._tables.commit(kind, old, new)
        return new

    def _created_by_apply(
        self, kind: Kind, namespace: str, name: str, applied: Document, options: WriteOptions
    ) -> Stored:
        given = dict(applied["metadata"])
        given.pop("resourceVersion", None)
        meta = metadata.for_create(kind, namespace, given, self._now())
        self._check_namespace(kind, namespace, name)
        applied = _own_part(kind, applied, "")
        manager = managed.Manager(options.manager, "Apply", options.api_version)
        _, entries = managed.apply(
            {}, applied, kind.schema(options.api_version), manager, self._now(), force=True
        )
        document = metadata.ordered(applied, kind, options.api_version, meta)
        document, resource = admitted(kind, document, None, options)
        return self._put(kind, None, document, entries, resource, options)

    def _replace(
        self,
        kind: Kind,
        old: Stored,
        given: Document,
        options: WriteOptions,
        entries: list[Document] | None = None,
    ) -> Stored:
        """``entries``: the managedFields of an apply; an update computes its own."""
        if options.subresource:
            revision = (given.get("metadata") or {}).get("resourceVersion")
            if revision and revision != old.document["metadata"]["resourceVersion"]:
                raise conflict(kind, old.name)
            document = {**old.view(options.api_version), "status": given.get("status")}
            if document["status"] is None:
                del document["status"]
        else:
            meta = metadata.for_update(kind, old, given.get("metadata"))
            document = metadata.ordered(given, kind, options.api_version, meta)
            if kind.has_status:
                document.pop("status", None)
                if "status" in old.document:
                    document["status"] = old.document["status"]
        document, resource = admitted(kind, document, old, options)
        if entries is None:
            entries = self._entries(kind, old, document, options)
        before = old.view(options.api_version)
        if _same(before, document):
            if entries == before["metadata"].get("managedFields", []):
                return old
        elif _asks_for_more(kind, before, document):
            meta = {**document["metadata"]}
            meta["generation"] = before["metadata"].get("generation", 0) + 1
            document = {**document, "metadata": meta}
        return self._put(kind, old, document, entries, resource, options)

    def _entries(
        self, kind: Kind, old: Stored, document: Document, options: WriteOptions
    ) -> list[Document]:
        manager = managed.Manager(
            options.manager, "Update", options.api_version, options.subresource
        )
        before = old.view(options.api_version)
        if not options.subresource:
            # The status is not touched by this write; the comparison need not look at it.
            document = {**document, "status": before["status"]} if "status" in before else document
        schema = kind.schema(options.api_version)
        return managed.after_update(before, document, schema, manager, self._now())

    def _put(
        self,
        kind: Kind,
        old: Stored | None,
        document: Document,
        entries: list[Document],
        resource: api.Resource | None,
        options: WriteOptions,
    ) -> Stored:
        meta = {key: item for key, item in document["metadata"].items() if key != "managedFields"}
        if entries:
            meta["managedFields"] = entries
        document = {**document, "metadata": meta}
        if options.dry_run:
            return Stored(document, old.revision if old else 0, resource)
        new = self._versioned(document, resource)
        if old is not None and "deletionTimestamp" in meta and not _held(kind, document):
            self._tables.commit(kind, old, None, new)
        else:
            self._tables.commit(kind, old, new)
        return new

    def _versioned(self, document: Document, resource: api.Resource | None) -> Stored:
        revision = self._tables.revision + 1
        meta = {**document["metadata"], "resourceVersion": str(revision)}
        if resource is not None:
            resource = msgspec.structs.replace(
                resource,
                metadata=msgspec.structs.replace(
                    resource.metadata,
                    uid=meta["uid"],
                    resource_version=meta["resourceVersion"],
                    generation=meta.get("generation", 0),
                    creation_timestamp=meta["creationTimestamp"],
                    deletion_timestamp=meta.get("deletionTimestamp", ""),
                ),
            )
        return Stored({**document, "metadata": meta}, revision, resource)

    def _check_namespace(self, kind: Kind, namespace: str, name: str) -> None:
        if not kind.namespaced:
            return
        spaces: Table = self._tables.tables["namespaces."]
        space = spaces.get("", namespace)
        if space is None:
            raise not_found(spaces.kind, namespace)
        if "deletionTimestamp" in space.document["metadata"]:
            raise metadata.terminating(kind, name, namespace)

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_type(kind: Kind, document: Any, options: WriteOptions) -> None:
    if not isinstance(document, dict):
        raise bad_request(f"the body is not a {kind.kind}")
    api_version = document.get("apiVersion", options.api_version)
    if document.get("kind", kind.kind) != kind.kind or api_version != options.api_version:
        raise bad_request(
            f"the object is {document.get('kind')} in {api_version}, the request is for "
            f"{kind.kind} in {options.api_version}"
        )


def _secret_text(kind: Kind, applied: Document) -> Document:
    """stringData is for writing only: an applier owns the data it stands for."""
    if kind.kind != "Secret" or kind.group or "stringData" not in applied:
        return applied
    return merged_text(applied)


def _own_part(kind: Kind, applied: Document, subresource: str) -> Document:
    """What an apply may set: everything but the status, or the status alone."""
    if subresource:
        kept = ("apiVersion", "kind", "status")
        return {key: item for key, item in applied.items() if key in kept}
    return _without_status(kind, applied)


def _without_status(kind: Kind, document: Document) -> Document:
    if not kind.has_status or "status" not in document:
        return document
    return {key: item for key, item in document.items() if key != "status"}


def _held(kind: Kind, document: Document) -> bool:
    """Whether something must still happen before the object may go."""
    if document["metadata"].get("finalizers"):
        return True
    return kind.kind == "Namespace" and bool((document.get("spec") or {}).get("finalizers"))


def _same(before: Document, after: Document) -> bool:
    """Equal but for who manages which field."""
    a, b = before["metadata"], after["metadata"]
    if {**a, "managedFields": 0} != {**b, "managedFields": 0}:
        return False
    return {**before, "metadata": 0} == {**after, "metadata": 0}


def _asks_for_more(kind: Kind, before: Document, after: Document) -> bool:
    """Whether the write asks for something else, which is what generations count."""
    if not kind.has_generation:
        return False
    ignored: Document = {"metadata": 0}
    if kind.has_status:
        ignored["status"] = 0
    return {**before, **ignored} != {**after, **ignored}
