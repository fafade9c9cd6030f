"""The schema of object metadata, the same for every kind.

Knows the fields of ObjectMeta and how they merge. Must not know kinds.
"""

from typing import Any, Final

from portway.adapters.apiserver.kinds.typed import ATOMIC, KEEP, SET, by_key

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_TEXTS: Final[Schema] = {"type": "object", "additionalProperties": _TEXT}

OWNER_REFERENCE: Final[Schema] = {
    "type": "object",
    "required": ["apiVersion", "kind", "name", "uid"],
    "properties": {
        "apiVersion": _TEXT,
        "blockOwnerDeletion": {"type": "boolean"},
        "controller": {"type": "boolean"},
        "kind": _TEXT,
        "name": _TEXT,
        "uid": _TEXT,
    },
    **ATOMIC,
}

OBJECT_META: Final[Schema] = {
    "type": "object",
    "description": "Metadata that every object has.",
    "properties": {
        "name": {**_TEXT, "description": "Name, unique in its namespace. It cannot be changed."},
        "generateName": {**_TEXT, "description": "A prefix to which the server adds a suffix."},
        "namespace": {**_TEXT, "description": "The namespace. It cannot be changed."},
        "selfLink": _TEXT,
        "uid": {**_TEXT, "description": "Unique in time and space; given by the server."},
        "resourceVersion": {**_TEXT, "description": "Changes with every write."},
        "generation": {"type": "integer", "format": "int64"},
        "creationTimestamp": _TIME,
        "deletionTimestamp": _TIME,
        "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
        "labels": {**_TEXTS, "description": "Keys and values that selectors can match."},
        "annotations": {**_TEXTS, "description": "Keys and values for tools and people."},
        "ownerReferences": {
            "type": "array",
            "description": "What this object goes with when all of it is deleted.",
            "items": OWNER_REFERENCE,
            **by_key("uid", patch=True),
        },
        "finalizers": {
            "type": "array",
            "description": "Who must do something before the object may go.",
            "items": _TEXT,
            "x-kubernetes-patch-strategy": "merge",
            **SET,
        },
        "managedFields": {
            "type": "array",
            "description": "Who owns which field.",
            "items": {"type": "object", KEEP: True},
            "x-kubernetes-list-type": "atomic",
        },
    },
}

TYPE_FIELDS: Final[Schema] = {
    "apiVersion": {**_TEXT, "description": "The group and version of this representation."},
    "kind": {**_TEXT, "description": "The kind of this object."},
}


def complete(schema: Schema, status: Schema | None = None) -> Schema:
    """The schema of a whole object."""
    properties = {**TYPE_FIELDS, "metadata": OBJECT_META, **schema.get("properties", {})}
    if status is not None:
        properties["status"] = status
    return {**schema, "type": "object", "properties": properties}
