"""Objects, lists and watch events as bytes, in the form a client asked for.

Knows the forms (objects, tables, metadata alone). Must not know selectors or the store's rules.
Bodies of objects are spliced in as they are kept; only tables are made anew.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from portway.adapters.apiserver.http.query import Form
from portway.adapters.apiserver.http.table import definitions, partial, row, table
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document
from portway.adapters.apiserver.store.reader import Listed
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.watchlog import Change

encode = msgspec.json.Encoder().encode
INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Frames:
    """The encoder of one request."""

    def __init__(
        self, kind: Kind, version: str, form: Form, include: str, clock: Callable[[], datetime]
    ) -> None:
        """``include``: of the object in a table's row (Metadata, Object, None)."""
        self._kind = kind
        self._version = version
        self._api_version = kind.api_version(version)
        self._form = form
        self._include = include
        self._clock = clock
        self._columns_sent = False

    def one(self, stored: Stored) -> bytes:
        """A single object."""
        if not self._form.as_:
            return stored.json(self._api_version)
        if self._form.as_ == "Table":
            return encode(self._table([stored], {}))
        return encode(partial(stored.document))

    def listing(self, listed: Listed) -> bytes:
        """A list of objects."""
        metadata: Document = {"resourceVersion": str(listed.revision)}
        if listed.after:
            metadata |= {"continue": listed.after, "remainingItemCount": listed.remaining}
        if self._form.as_ == "Table":
            return encode(self._table(listed.items, metadata))
        if self._form.as_:
            items = [partial(each.document) for each in listed.items]
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            return encode({**head, "metadata": metadata, "items": items})
        head = {"kind": self._kind.list_kind(), "apiVersion": self._api_version}
        opening = encode({**head, "metadata": metadata})[:-1]
        bodies = b",".join([each.json(self._api_version) for each in listed.items])
        return b'%b,"items":[%b]}' % (opening, bodies)

    def event(self, what: str, change: Change) -> bytes:
        """A watch event for a change. ``what``: ADDED, MODIFIED or DELETED."""
        if self._form.as_:
            return self.event_of(what, change.last)
        key = (what, self._api_version)
        frame = change.frames.get(key)
        if frame is None:
            frame = change.frames[key] = self.event_of(what, change.last)
        return frame

    def event_of(self, what: str, stored: Stored) -> bytes:
        """A watch event for an object."""
        if self._form.as_ == "Table":
            document = self._table([stored], {}, columns=not self._columns_sent)
            self._columns_sent = True
            return encode({"type": what, "object": document}) + b"\n"
        return b'{"type":"%b","object":%b}\n' % (what.encode(), self.one(stored))

    def bookmark(self, revision: int, *, end_of_initial: bool = False) -> bytes:
        """A watch event that says how far the watch has come."""
        metadata: Document = {"resourceVersion": str(revision), "creationTimestamp": None}
        if end_of_initial:
            metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
        if self._form.as_ == "Table":
            columns: Any = None if self._columns_sent else definitions(self._kind, self._version)
            document = table(columns, [], self._form.version, metadata)
        elif self._form.as_:
            head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
            document = {**head, "metadata": metadata}
        else:
            head = {"kind": self._kind.kind, "apiVersion": self._api_version}
            document = {**head, "metadata": metadata}
        return encode({"type": "BOOKMARK", "object": document}) + b"\n"

    def _table(self, items: list[Stored], metadata: Document, *, columns: bool = True) -> Document:
        now = self._clock()
        rows = [
            row(self._kind, self._version, each.view(self._api_version), self._include, now)
            for each in items
        ]
        described = definitions(self._kind, self._version) if columns else None
        if len(items) == 1 and not metadata:
            metadata = {"resourceVersion": items[0].document["metadata"]["resourceVersion"]}
        return table(described, rows, self._form.version, metadata)


def failure(status: Document) -> bytes:
    """The watch event that ends a watch in a failure."""
    return encode({"type": "ERROR", "object": status}) + b"\n"
