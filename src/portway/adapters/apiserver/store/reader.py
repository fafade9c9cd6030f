"""Lists: selected, in pages that all show one moment.

Knows selectors and pages. Must not know encodings. A page keeps the list it came from for the
pages after it; old lists go, and their pages are refused as expired.
"""

import secrets
from collections import OrderedDict
from typing import Final, NamedTuple

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import bad_request, expired
from portway.adapters.apiserver.store.options import Page
from portway.adapters.apiserver.store.selector import Test
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import Tables

_LISTS_KEPT: Final = 32


class Listed(NamedTuple):
    """A list, or a page of one. ``after`` is empty on the last page."""

    items: list[Stored]
    revision: int
    after: str = ""
    remaining: int = 0


class Reader:
    """Lists the tables. Call it from the event loop's thread."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: OrderedDict[str, tuple[int, list[Stored]]] = OrderedDict()

    def select(self, kind: Kind, namespace: str, test: Test | None, page: Page) -> Listed:
        """The objects that pass ``test``. Raises Refused: 400 for a token that is none, 410 for
        one that is too old."""
        if page.after:
            return self._continued(page)
        table = self._tables.tables[kind.key]
        table.log.kept = True
        found = table.listed(namespace)
        if test is not None:
            found = [each for each in found if test(each.document)]
        revision = self._tables.revision
        if not page.limit or len(found) <= page.limit:
            return Listed(found, revision)
        token = secrets.token_urlsafe(9)
        self._kept[token] = (revision, found)
        while len(self._kept) > _LISTS_KEPT:
            self._kept.popitem(last=False)
        return _page(token, found, 0, page.limit, revision)

    def _continued(self, page: Page) -> Listed:
        token, _, start = page.after.rpartition(".")
        if not token or not start.isascii() or not start.isdigit():
            raise bad_request("continue key is not valid: it did not come from this server")
        kept = self._kept.get(token)
        if kept is None:
            raise expired(
                "The provided continue parameter is too old to display a consistent list result. "
                "You can start a new list without the continue parameter."
            )
        revision, found = kept
        return _page(token, found, int(start), page.limit or len(found), revision)


def _page(token: str, found: list[Stored], start: int, limit: int, revision: int) -> Listed:
    end = start + limit
    left = max(len(found) - end, 0)
    return Listed(found[start:end], revision, f"{token}.{end}" if left else "", left)
