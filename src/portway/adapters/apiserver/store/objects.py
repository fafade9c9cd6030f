"""The store as a whole: kinds, objects, definitions of kinds, and what happens by itself.

Knows which parts belong together and the order of the start. Must not know HTTP. Its own part is
small: CustomResourceDefinitions become kinds here, and the namespace ``default`` exists.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from portway.adapters.apiserver.kinds.builtin import NOT_ENFORCED, builtin_kinds
from portway.adapters.apiserver.kinds.crd import broken_rules, crd_faults, established, kind_of
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document, invalid
from portway.adapters.apiserver.store.collector import Collector
from portway.adapters.apiserver.store.filed import StatusOf
from portway.adapters.apiserver.store.files import Files
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.adapters.apiserver.store.reader import Reader
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import Tables
from portway.adapters.apiserver.store.watchlog import Change
from portway.adapters.apiserver.store.writer import Place, Writer
from portway.core import api

_CRD = "customresourcedefinitions.apiextensions.k8s.io"
_log = logging.getLogger(__name__)


class ObjectStore:
    """Everything the API serves. Call it from the event loop's thread."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        emit: Callable[[api.Event], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        status: StatusOf = lambda _kind, _namespace, _name: None,
        place: Place = lambda _kind, _stored: "a file",
    ) -> None:
        """``path``: of the journal; None keeps nothing. ``emit``: called for every durable change
        of a kind the core has a type for. ``status``: of what is in files, when it is asked for;
        ``place``: where that is written.

        Raises JournalError if the journal cannot be opened.
        """
        self._emit = emit
        self._clock = clock
        self._own = {kind.key: kind for kind in builtin_kinds()}
        self.tables = Tables(self._own.values(), path=path, told=self._told)
        self.writer = Writer(self.tables, clock, place)
        self.reader = Reader(self.tables)
        self.collector = Collector(self.tables, self.writer)
        self.files = Files(self.tables, status, self._bring_back)
        self.changed = 0
        """Counts changes of the set of kinds, for what is derived from it."""
        self._find: dict[tuple[str, str, str], Kind] = {}
        self._refresh()

    def start(self) -> list[api.Event]:
        """Read the journal. Returns an event for every object the core has a type for."""
        left = self.tables.load()
        for definition in self.tables.tables[_CRD].listed():
            self._serve(definition.document)
        lost = self.tables.restore(left)
        if lost:
            _log.warning("%d objects of kinds that are not served are left alone", len(lost))
        events = list(self._restored())
        spaces = self.tables.tables["namespaces."]
        if spaces.get("", api.DEFAULT_NAMESPACE) is None:
            document = {"metadata": {"name": api.DEFAULT_NAMESPACE}}
            options = WriteOptions(api_version="v1", manager="portway")
            self.writer.create(spaces.kind, "", document, options)
        self.collector.resume()
        return events

    def close(self) -> None:
        """Write what is left."""
        self.tables.close()

    def kind(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind served at a path."""
        return self._find.get((group, version, plural))

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Every kind served now, by key."""
        return {key: table.kind for key, table in self.tables.tables.items()}

    def create(self, kind: Kind, namespace: str, document: Any, options: WriteOptions) -> Stored:
        """See `Writer.create`."""
        self._before(kind, document, options)
        return self._after(kind, self.writer.create(kind, namespace, document, options), options)

    def update(
        self, kind: Kind, namespace: str, name: str, document: Any, options: WriteOptions
    ) -> Stored:
        """See `Writer.update`."""
        self._before(kind, document, options)
        stored = self.writer.update(kind, namespace, name, document, options)
        return self._after(kind, stored, options)

    def patch(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        change: Callable[[Document], Any],
        options: WriteOptions,
    ) -> Stored:
        """See `Writer.patch`."""

        def checked(document: Document) -> Any:
            changed = change(document)
            self._before(kind, changed, options)
            return changed

        stored = self.writer.patch(kind, namespace, name, checked, options)
        return self._after(kind, stored, options)

    def apply(
        self, kind: Kind, namespace: str, name: str, applied: Any, options: WriteOptions
    ) -> tuple[Stored, bool]:
        """See `Writer.apply`."""
        self._before(kind, applied, options)
        stored, new = self.writer.apply(kind, namespace, name, applied, options)
        return self._after(kind, stored, options), new

    def delete(
        self, kind: Kind, namespace: str, name: str, options: DeleteOptions
    ) -> tuple[Stored, bool]:
        """See `Writer.delete`."""
        stored, gone = self.writer.delete(kind, namespace, name, options)
        if kind.key == _CRD and gone and not options.dry_run:
            self._forget(stored.document)
        return stored, gone

    def _bring_back(self, kind: Kind, filed: Stored, behind: Stored) -> None:
        self.writer.rewrite(kind, filed, behind.document)

    def _before(self, kind: Kind, document: Any, options: WriteOptions) -> None:
        if kind.kind in NOT_ENFORCED:
            options.warnings.append(f"{kind.kind} is kept, but not enforced by this server")
        if kind.key != _CRD or not isinstance(document, dict) or options.subresource:
            return
        metadata = document.get("metadata")
        if not isinstance(metadata, dict) or not metadata.get("name"):
            return
        found = crd_faults(document)
        if found:
            raise invalid(kind, str(metadata["name"]), found)
        if self._defined_key(document) not in self._own:
            options.warnings += [str(each) for each in broken_rules(document)]

    def _after(self, kind: Kind, stored: Stored, options: WriteOptions) -> Stored:
        if kind.key != _CRD or options.dry_run or options.subresource:
            return stored
        now = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        status = established(stored.document, now)
        if stored.document.get("status") != status:
            stored = self.writer.rewrite(kind, stored, {**stored.document, "status": status})
        self._serve(stored.document)
        return stored

    def _serve(self, definition: Document) -> None:
        """A kind of our own stays as it is, whatever a definition of it says."""
        if self._defined_key(definition) not in self._own:
            self.tables.add(kind_of(definition))
            self._refresh()

    def _forget(self, definition: Document) -> None:
        key = self._defined_key(definition)
        if key in self._own:
            return
        table = self.tables.tables[key]
        for stored in table.listed():
            self.writer.remove(table.kind, stored)
        del self.tables.tables[key]
        self._refresh()

    def _defined_key(self, definition: Document) -> str:
        spec = definition["spec"]
        return f"{spec['names']['plural']}.{spec['group']}"

    def _refresh(self) -> None:
        self.changed += 1
        self._find = {
            (table.kind.group, version, table.kind.plural): table.kind
            for table in self.tables.tables.values()
            for version in table.kind.versions
        }

    def _restored(self) -> Any:
        for table in self.tables.tables.values():
            if not table.kind.typed:
                continue
            for stored in table.listed():
                try:
                    stored.resource = api.decode(stored.document)
                except (api.InvalidResource, api.UnknownKind) as error:
                    # Written by an earlier version with other rules: served, but not routed by.
                    _log.warning("%s", error)
                    continue
                yield api.Event(table.kind.kind, stored.namespace, stored.name, stored.resource)

    def _told(self, kind: Kind, change: Change) -> None:
        if not kind.typed:
            return
        last = change.last
        resource = change.new.resource if change.new is not None else None
        before = change.old.resource if change.old is not None else None
        if resource is None or before is None or not _alike(before, resource):
            self._emit(api.Event(kind.kind, last.namespace, last.name, resource))


def _alike(before: api.Resource, after: api.Resource) -> bool:
    """Equal but for the revision: a status was written, or who manages a field changed."""
    metadata = msgspec.structs.replace(
        after.metadata, resource_version=before.metadata.resource_version
    )
    return msgspec.structs.replace(after, metadata=metadata) == before
