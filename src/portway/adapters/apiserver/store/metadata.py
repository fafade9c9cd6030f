"""The metadata that only the server writes: uid, generation, resourceVersion and so on.

Knows the rules of object metadata. Must not know kinds beyond their flags, nor the clock.
"""

import re
import secrets
import uuid
from typing import Any, Final

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import (
    Cause,
    Document,
    bad_request,
    conflict,
    forbidden,
    invalid,
)
from portway.adapters.apiserver.store.stored import Stored

_NAME_CHARACTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_SERVER_OWNED: Final = (
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "generateName",
)
_SUBDOMAIN: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)

_WITH_COLONS: Final = ("certificates.k8s.io", "ClusterTrustBundle")


def ordered(document: Document, kind: Kind, api_version: str, metadata: Document) -> Document:
    """The document with its type first, which the splicing of versions relies on."""
    rest = {k: v for k, v in document.items() if k not in ("apiVersion", "kind", "metadata")}
    return {"apiVersion": api_version, "kind": kind.kind, "metadata": metadata, **rest}


def _fits(kind: Kind, name: str) -> re.Match[str] | None:
    """A bundle's name begins with its signer's, and has colons where that has slashes."""
    if (kind.group, kind.kind) == _WITH_COLONS:
        return _SUBDOMAIN.fullmatch(name.replace(":", "."))
    return _SUBDOMAIN.fullmatch(name)


def for_create(kind: Kind, namespace: str, given: Any, now: str) -> Document:
    """The metadata of a new object. Raises Refused for a name or namespace that cannot be."""
    if not isinstance(given, dict):
        raise bad_request("the object has no metadata")
    if given.get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    name, prefix = given.get("name") or "", given.get("generateName") or ""
    if not name and prefix:
        suffix = "".join(secrets.choice(_NAME_CHARACTERS) for _ in range(5))
        name = f"{prefix[:58]}{suffix}"
    if not name:
        cause = Cause("metadata.name", "Required value: name or generateName is required")
        raise invalid(kind, "", [cause._replace(reason="FieldValueRequired")])
    _check_namespace(kind, namespace, given)
    if not isinstance(name, str) or _fits(kind, name) is None:
        message = (
            f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case '
            "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
            "character"
        )
        raise invalid(kind, str(name), [Cause("metadata.name", message)])
    server_owned = (*_SERVER_OWNED, "selfLink", "namespace", "name", "resourceVersion")
    return {
        "name": name,
        **({"generateName": prefix} if prefix else {}),
        **({"namespace": namespace} if kind.namespaced else {}),
        "uid": str(uuid.uuid4()),
        "resourceVersion": "",
        **({"generation": 1} if kind.has_generation else {}),
        "creationTimestamp": now,
        **{key: item for key, item in given.items() if key not in server_owned},
    }


def for_update(kind: Kind, old: Stored, given: Any) -> Document:
    """The metadata after an update: the client's, with what it may not change as it was.

    Raises Refused if it names another object or an older version of this one.
    """
    before = old.document["metadata"]
    if not isinstance(given, dict):
        raise bad_request("the object has no metadata")
    name = given.get("name") or old.name
    if name != old.name:
        message = f"the name of the object ({name}) does not match the name on the URL ({old.name})"
        raise bad_request(message)
    _check_namespace(kind, old.namespace, given)
    revision = given.get("resourceVersion")
    if revision and revision != before["resourceVersion"]:
        raise conflict(kind, old.name)
    if given.get("uid") and given["uid"] != before["uid"]:
        raise conflict(
            kind,
            old.name,
            f"Precondition failed: UID in precondition: {given['uid']}, "
            f"UID in object meta: {before['uid']}",
        )
    if "deletionTimestamp" in before:
        _check_finalizers(kind, old, given)
    kept = {key: before[key] for key in _SERVER_OWNED if key in before}
    out: Document = {"name": old.name}
    if "generateName" in kept:
        out["generateName"] = kept.pop("generateName")
    if kind.namespaced:
        out["namespace"] = old.namespace
    fixed = (*_SERVER_OWNED, "selfLink", "namespace", "name", "resourceVersion")
    return {
        **out,
        "uid": kept.pop("uid"),
        "resourceVersion": before["resourceVersion"],
        **kept,
        **{key: item for key, item in given.items() if key not in fixed},
    }


def _check_finalizers(kind: Kind, old: Stored, given: Document) -> None:
    before = set(old.document["metadata"].get("finalizers") or ())
    more = sorted(set(given.get("finalizers") or ()) - before)
    if more:
        message = (
            "Forbidden: no new finalizers can be added if the object is being deleted, "
            f"found new finalizers {more}"
        )
        raise invalid(
            kind, old.name, [Cause("metadata.finalizers", message, "FieldValueForbidden")]
        )


def _check_namespace(kind: Kind, namespace: str, given: Document) -> None:
    written = given.get("namespace") or ""
    if kind.namespaced and written and written != namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def terminating(kind: Kind, name: str, namespace: str) -> Exception:
    """403: nothing new in a namespace that is being deleted."""
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    cause = Cause("metadata.namespace", f"namespace {namespace} is being terminated")
    return forbidden(kind, name, why, [cause._replace(reason="NamespaceTerminating")])
