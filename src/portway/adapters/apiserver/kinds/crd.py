"""A CustomResourceDefinition read as a kind.

Knows the shape of the document. Must not know the store.
"""

import re
from typing import Any, Final

from portway.adapters.apiserver.cel.rules import Broken, broken_by, read_rules
from portway.adapters.apiserver.kinds.check import faults
from portway.adapters.apiserver.kinds.kind import Column, Kind
from portway.adapters.apiserver.kinds.metadata import complete
from portway.adapters.apiserver.problem import Cause, Document

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def crd_faults(document: Document) -> list[Cause]:
    """Why the definition cannot be served."""
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return [Cause("spec", "Required value", "FieldValueRequired")]
    names, versions = spec.get("names"), spec.get("versions")
    found = []
    for field, value in (
        ("spec.group", spec.get("group")),
        ("spec.names.plural", names.get("plural") if isinstance(names, dict) else None),
        ("spec.names.kind", names.get("kind") if isinstance(names, dict) else None),
    ):
        if not isinstance(value, str) or not value:
            found.append(Cause(field, "Required value", "FieldValueRequired"))
    if not isinstance(versions, list) or not all(_version_fits(each) for each in versions):
        found.append(Cause("spec.versions", "Invalid value: each needs a name and a schema"))
    elif sum(bool(each.get("storage")) for each in versions) != 1:
        message = "Invalid value: must have exactly one version marked as storage version"
        found.append(Cause("spec.versions", message))
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        found.append(Cause("spec.scope", 'Unsupported value: use "Namespaced" or "Cluster"'))
    if (
        not found
        and isinstance(names, dict)
        and document["metadata"]["name"] != f"{names['plural']}.{spec['group']}"
    ):
        message = f'Invalid value: must be "{names["plural"]}.{spec["group"]}"'
        found.append(Cause("metadata.name", message))
    return found


def kind_of(document: Document) -> Kind:
    """The kind a definition without faults defines; the storage version comes first."""
    spec = document["spec"]
    names = spec["names"]
    served = [each for each in spec["versions"] if each.get("served")]
    served.sort(key=lambda each: not each.get("storage"))
    schemas = {
        each["name"]: complete(dict((each.get("schema") or {}).get("openAPIV3Schema") or {}))
        for each in served
    }
    return Kind(
        group=spec["group"],
        versions=tuple(schemas),
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        schemas=schemas,
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        columns={each["name"]: _columns(each) for each in served},
        has_status=any("status" in (each.get("subresources") or {}) for each in served),
        has_generation=True,
        rules=_Rules(schemas),
    )


def established(document: Document, now: str) -> Document:
    """The status of a definition that is served."""
    spec = document["spec"]
    names = spec["names"]
    accepted = {
        "plural": names["plural"],
        "singular": names.get("singular") or names["kind"].lower(),
        "kind": names["kind"],
        "listKind": names.get("listKind") or f"{names['kind']}List",
        **{key: names[key] for key in ("shortNames", "categories") if names.get(key)},
    }
    before = (document.get("status") or {}).get("conditions") or ()
    since = {each.get("type"): each.get("lastTransitionTime") for each in before}
    conditions = [
        {
            "type": type_,
            "status": "True",
            "lastTransitionTime": since.get(type_) or now,
            "reason": reason,
            "message": message,
        }
        for type_, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    stored = [each["name"] for each in spec["versions"] if each.get("storage")]
    return {"conditions": conditions, "acceptedNames": accepted, "storedVersions": stored}


def broken_rules(document: Document) -> list[Broken]:
    """The rules of a definition without faults that cannot be carried out, each once."""
    broken: list[Broken] = []
    for version in document["spec"]["versions"]:
        read_rules((version.get("schema") or {}).get("openAPIV3Schema") or {}, broken)
    return list(dict.fromkeys(broken))


class _Rules:
    """The validation of each version: the structure, and the rules once that is right."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas
        self._rules = {version: read_rules(schema, []) for version, schema in schemas.items()}

    def __call__(self, old: Document | None, new: Document) -> list[Cause]:
        version = new["apiVersion"].rpartition("/")[2]
        found = list(faults(new, self._schemas[version], ""))
        rules = self._rules[version]
        if found or rules is None:
            return found
        return list(broken_by(rules, new, old, changed=old is not None))


def _columns(version: Document) -> tuple[Column, ...]:
    given = version.get("additionalPrinterColumns") or ()
    if not given:
        return (Column("Age", ".metadata.creationTimestamp", "date"),)
    return tuple(
        Column(
            each["name"],
            each["jsonPath"],
            each.get("type", "string"),
            each.get("priority", 0),
            each.get("description", ""),
            each.get("format", ""),
        )
        for each in given
    )


def _version_fits(version: Any) -> bool:
    if not isinstance(version, dict) or not isinstance(version.get("name"), str):
        return False
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    return _NAME.fullmatch(version["name"]) is not None and isinstance(schema, dict)
