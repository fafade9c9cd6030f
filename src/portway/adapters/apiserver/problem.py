"""Why a request is refused: the Status documents of the Kubernetes API.

Knows codes, reasons and the wording clients match on. Must not know HTTP or the store.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from portway.adapters.apiserver.kinds.kind import Kind

Document = dict[str, Any]


class Cause(NamedTuple):
    """One fault of an object: where, what, and a reason clients can match."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"


class Refused(Exception):
    """The request is answered with a Status of kind Failure."""

    def __init__(
        self, code: int, reason: str, message: str, details: Document | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def status(self) -> Document:
        """The Status document."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **({"details": self.details} if self.details else {}),
            "code": self.code,
        }


def success(kind: Kind, name: str, uid: str) -> Document:
    """The Status that answers a delete."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**_about(kind, name), "uid": uid},
    }


def not_found(kind: Kind, name: str) -> Refused:
    """404: no such object."""
    return Refused(404, "NotFound", f'{kind.resource} "{name}" not found', _about(kind, name))


def already_exists(kind: Kind, name: str) -> Refused:
    """409: the name is taken."""
    message = f'{kind.resource} "{name}" already exists'
    return Refused(409, "AlreadyExists", message, _about(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> Refused:
    """409: the object is not what the client saw."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version and "
        "try again"
    )
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Refused(409, "Conflict", message, _about(kind, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Refused:
    """422: the object breaks rules."""
    told = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
    text = told[0] if len(told) == 1 else "[" + ", ".join(told) + "]"
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = {
        **_about(kind, name),
        "kind": kind.kind,
        "causes": [
            {"reason": cause.reason, "message": cause.message, "field": cause.field}
            for cause in causes
        ],
    }
    return Refused(422, "Invalid", f'{qualified} "{name}" is invalid: {text}', details)


def bad_request(message: str) -> Refused:
    """400: the request makes no sense."""
    return Refused(400, "BadRequest", message)


def forbidden(kind: Kind, name: str, why: str, causes: Sequence[Cause] = ()) -> Refused:
    """403: the state of the store forbids it."""
    details = _about(kind, name)
    if causes:
        details["causes"] = [
            {"reason": each.reason, "message": each.message, "field": each.field} for each in causes
        ]
    message = f'{kind.resource} "{name}" is forbidden: {why}'
    return Refused(403, "Forbidden", message, details)


def expired(message: str) -> Refused:
    """410: the revision or the page is no longer known; list again."""
    return Refused(410, "Expired", message)


def apply_conflict(conflicts: Sequence[tuple[str, str]]) -> Refused:
    """409: other managers own fields with other values. ``conflicts``: (who, field path)."""
    count = len(conflicts)
    told = ", ".join(f"{who}: {path}" for who, path in conflicts)
    plural = "" if count == 1 else "s"
    details = {
        "causes": [
            {"reason": "FieldManagerConflict", "message": who, "field": path}
            for who, path in conflicts
        ]
    }
    return Refused(409, "Conflict", f"Apply failed with {count} conflict{plural}: {told}", details)


def _about(kind: Kind, name: str) -> Document:
    about: Document = {"name": name} if name else {}
    if kind.group:
        about["group"] = kind.group
    about["kind"] = kind.plural
    return about
