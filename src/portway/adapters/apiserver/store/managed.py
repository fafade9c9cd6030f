"""Who owns which field of an object: metadata.managedFields, by update and by apply.

Knows managers and when they conflict. Must not know the store. A manager that changes a field
takes it; one that applies must force to take it from another.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from portway.adapters.apiserver.problem import Document, apply_conflict
from portway.adapters.apiserver.store.compare import compare, fields_of
from portway.adapters.apiserver.store.fieldset import FieldSet, common, minus, paths, union
from portway.adapters.apiserver.store.merge import merge, without
from portway.adapters.apiserver.store.structure import Schema

# What only the server writes, or what names the object: nobody's to own.
_NOT_OWNED: FieldSet = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {},
        **{
            f"f:{name}": {}
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "generation",
                "managedFields",
                "resourceVersion",
                "deletionTimestamp",
                "deletionGracePeriodSeconds",
            )
        },
    },
}


class Manager(NamedTuple):
    """Who writes and how. ``operation`` is Update or Apply."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""


def after_update(
    old: Document, new: Document, schema: Schema, manager: Manager, now: str
) -> list[Document]:
    """The managedFields of ``new``, which ``manager`` made of ``old`` (empty: created)."""
    entries = _entries(old)
    changed, removed = compare(_bare(old), _bare(new), schema)
    changed, removed = minus(changed, _NOT_OWNED), minus(removed, _NOT_OWNED)
    if not changed and not removed:
        return _written(entries)
    kept: dict[Manager, Document] = {}
    for each, entry in entries.items():
        mine = entry["fieldsV1"]
        left = minus(minus(mine, removed), changed if each != manager else {})
        if left:
            kept[each] = entry if left == mine else {**entry, "fieldsV1": left}
    if changed:
        before = kept[manager]["fieldsV1"] if manager in kept else {}
        kept[manager] = _entry(manager, union(before, changed), now)
    return _written(kept)


def apply(
    live: Document,
    applied: Document,
    schema: Schema,
    manager: Manager,
    now: str,
    *,
    force: bool,
) -> tuple[Document, list[Document]]:
    """(the object, its managedFields) after ``manager`` applied a configuration.

    Raises Refused (409) if another manager owns a field that would get another value, unless
    ``force`` takes it over.
    """
    entries = _entries(live)
    bare = _bare(live)
    wanted = minus(fields_of(applied, schema), _NOT_OWNED)
    last = entries[manager]["fieldsV1"] if manager in entries else {}
    others = {each: entry for each, entry in entries.items() if each != manager}
    merged = merge(bare, applied, schema)
    gone = minus(last, wanted)
    if gone:
        owned = wanted
        for entry in others.values():
            owned = union(owned, entry["fieldsV1"])
        merged = without(merged, gone, owned, schema)
    changed, removed = compare(bare, merged, schema)
    changed = minus(changed, _NOT_OWNED)
    conflicts = {each: common(entry["fieldsV1"], changed) for each, entry in others.items()}
    conflicts = {each: found for each, found in conflicts.items() if found}
    if conflicts and not force:
        raise apply_conflict(list(_told(conflicts)))
    kept: dict[Manager, Document] = {}
    for each, entry in others.items():
        left = minus(minus(entry["fieldsV1"], conflicts.get(each, {})), removed)
        if left:
            kept[each] = {**entry, "fieldsV1": left}
    if wanted:
        same = manager in entries and entries[manager]["fieldsV1"] == wanted
        kept[manager] = entries[manager] if same else _entry(manager, wanted, now)
    return merged, _written(kept)


def _told(conflicts: dict[Manager, FieldSet]) -> Iterable[tuple[str, str]]:
    for manager, found in conflicts.items():
        who = f'conflict with "{manager.name}"'
        if manager.subresource:
            who += f' with subresource "{manager.subresource}"'
        if manager.operation == "Update":
            who += f" using {manager.api_version}"
        yield from ((who, path) for path in paths(found))


def _bare(document: Document) -> Document:
    metadata = document.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return document
    return {
        **document,
        "metadata": {key: item for key, item in metadata.items() if key != "managedFields"},
    }


def _entries(document: Document) -> dict[Manager, Document]:
    found: dict[Manager, Document] = {}
    for entry in document.get("metadata", {}).get("managedFields", ()):
        manager = Manager(
            entry.get("manager", ""),
            entry.get("operation", "Update"),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )
        found[manager] = entry
    return found


def _entry(manager: Manager, fields: FieldSet, now: str) -> Document:
    return {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        "time": now,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **({"subresource": manager.subresource} if manager.subresource else {}),
    }


def _written(entries: dict[Manager, Any]) -> list[Document]:
    """Appliers first, then by time, as the API server orders them."""
    return sorted(
        entries.values(),
        key=lambda entry: (entry["operation"] != "Apply", entry.get("time", ""), entry["manager"]),
    )
