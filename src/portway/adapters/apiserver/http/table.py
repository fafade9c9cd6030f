"""Objects as rows of a table, which is what ``kubectl get`` shows.

Knows columns and how cells are written. Must not know kinds: columns come with them. Three cells
that no JSON path can say have names of their own (``count()``, ``ports()``, ``object()``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from portway.adapters.apiserver.http.jsonpath import found
from portway.adapters.apiserver.kinds.kind import Column, Kind
from portway.adapters.apiserver.problem import Document

_NAME = {
    "name": "Name",
    "type": "string",
    "format": "name",
    "description": "Name, unique in its namespace.",
    "priority": 0,
}


def definitions(kind: Kind, version: str) -> list[Document]:
    """The columnDefinitions of a kind's table."""
    return [
        _NAME,
        *(
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": column.description,
                "priority": column.priority,
            }
            for column in kind.columns.get(version, ())
        ),
    ]


def row(kind: Kind, version: str, document: Document, include: str, now: datetime) -> Document:
    """One row. ``include``: what of the object goes along (Metadata, Object or None)."""
    cells: list[Any] = [document["metadata"]["name"]]
    cells += [_cell(document, column, now) for column in kind.columns.get(version, ())]
    if include == "Object":
        object_: Document | None = document
    elif include == "None":
        object_ = None
    else:
        object_ = partial(document)
    return {"cells": cells, "object": object_}


def partial(document: Document) -> Document:
    """The object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": document["metadata"],
    }


def table(
    columns: Sequence[Document] | None, rows: Sequence[Document], version: str, metadata: Document
) -> Document:
    """A Table document."""
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": metadata,
        **({"columnDefinitions": columns} if columns is not None else {}),
        "rows": rows,
    }


def age(since: str, now: datetime) -> str:
    """How long ago a time was, as kubectl writes it: ``5m``, ``3h12m``, ``4d``."""
    try:
        moment = datetime.fromisoformat(since.replace("Z", "+00:00"))
    except ValueError:
        return "<invalid>"
    seconds = int((now - moment.astimezone(UTC)).total_seconds())
    if seconds < 0:
        return "0s" if seconds > -2 else "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"


def _cell(document: Document, column: Column, now: datetime) -> Any:
    if column.path.endswith(")") and not column.path.startswith((".", "[", "{")):
        return _computed(document, column.path)
    values = found(document, column.path)
    if not values:
        return "<none>" if column.type == "string" and column.path.startswith(".spec") else ""
    if column.type == "date":
        return age(str(values[0]), now)
    if column.type in ("integer", "number", "boolean") and len(values) == 1:
        return values[0]
    return ",".join(_text(each) for each in values)


def _computed(document: Document, path: str) -> Any:
    name, _, rest = path.partition("(")
    if name == "count":
        return sum(len(document.get(each[1:]) or ()) for each in rest[:-1].split(","))
    if name == "ports":
        ports = (document.get("spec") or {}).get("ports") or ()
        told = [f"{each.get('port')}/{each.get('protocol', 'TCP')}" for each in ports]
        return ",".join(told) or "<none>"
    about = document.get("involvedObject") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return ",".join(f"{key}={each}" for key, each in value.items())
    return msgspec.json.encode(value).decode()
