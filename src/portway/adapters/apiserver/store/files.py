"""The folder as a client of the store: what files hold is seen through the API like all else.

Knows the one rule of both: what a file says counts, as a whole. The API's object of the same name
is kept, hidden, and back when the file's goes; a write to what a file holds is refused with the
name of the file. Must not know files: it is told objects.
"""

from collections.abc import Callable, Iterable

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.store.filed import Filed, Filing, StatusOf
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import Table, Tables
from portway.core import api

Restore = Callable[[Kind, Stored, Stored], object]
"""Given a kind, the object of a file that is there and the API's: puts the API's in its place."""


class Files:
    """What files hold. Call it from the event loop's thread."""

    def __init__(self, tables: Tables, status: StatusOf, restore: Restore) -> None:
        self._tables = tables
        self._restore = restore
        self._filings = {name: Filing(table.kind, status) for name, table in tables.typed.items()}

    def take(self, events: Iterable[api.Event]) -> None:
        """What changed in the files."""
        for event in events:
            self._take(event)

    def again(self, table: Table, filed: Filed) -> None:
        """Something new is said of an object of a file."""
        self._show(table, filed, filed.resource)

    def hidden(self, kind: str, namespace: str, name: str) -> Stored | None:
        """The API's object behind a file's."""
        return self._tables.typed[kind].hidden.get((namespace, name))

    def _take(self, event: api.Event) -> None:
        table = self._tables.typed[event.kind]
        old = table.get(event.namespace, event.name)
        if event.object is not None:
            self._show(table, old, event.object)
            return
        if not isinstance(old, Filed):
            return
        behind = table.hidden.pop((event.namespace, event.name), None)
        if behind is not None:
            self._restore(table.kind, old, behind)
            return
        gone = Filed(self._filings[event.kind], old.resource, self._tables.revision + 1)
        self._tables.show(table, old, None, gone)

    def _show(self, table: Table, old: Stored | None, resource: api.Resource) -> None:
        filing = self._filings[table.kind.kind]
        new = Filed(filing, resource, self._tables.revision + 1)
        self._tables.show(table, old, new, new)
