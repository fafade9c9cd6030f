"""A document made ready to be stored: pruned, defaulted, validated, and what its kind adds.

Knows the order of the work and the few kinds the server itself has a hand in. Must not know
revisions or managers. What comes out is valid; what is not raises Refused.
"""

import re
from base64 import b64encode
from typing import Final

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Cause, Document, bad_request, invalid
from portway.adapters.apiserver.store.options import WriteOptions
from portway.adapters.apiserver.store.shape import pruned, shaped
from portway.adapters.apiserver.store.stored import Stored
from portway.core import api

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
_INVALID: Final = "Invalid value: "


def admitted(
    kind: Kind, document: Document, old: Stored | None, options: WriteOptions
) -> tuple[Document, api.Resource | None]:
    """The document as it is stored, and its typed form where the core has one."""
    document = completed(kind, document)
    unknown: list[str] = []
    document = shaped(document, kind.schema(document["apiVersion"]), unknown)
    tell_unknown(kind, unknown, options)
    resource = _typed(kind, document, old) if kind.typed else None
    if resource is None:
        check_labels(kind, document)
    if kind.rules is not None:
        causes = kind.rules(old.document if old else None, document)
        if causes:
            raise invalid(kind, document["metadata"]["name"], causes)
    _check_immutable(kind, document, old)
    return document, resource


def known_only(kind: Kind, document: Document, options: WriteOptions) -> Document:
    """An applied configuration without fields the schema does not know."""
    unknown: list[str] = []
    out: Document = pruned(document, kind.schema(document["apiVersion"]), unknown)
    tell_unknown(kind, unknown, options)
    return out


def tell_unknown(kind: Kind, unknown: list[str], options: WriteOptions) -> None:
    """Refuse or warn, as the client wants it. Raises Refused (400)."""
    if not unknown or options.validation == "Ignore":
        return
    told = [f'unknown field "{each}"' for each in unknown]
    if options.validation == "Strict":
        version = options.api_version.rpartition("/")[2]
        raise bad_request(
            f'{kind.kind} in version "{version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {', '.join(told)}"
        )
    options.warnings += [each for each in told if each not in options.warnings]


def _typed(kind: Kind, document: Document, old: Stored | None) -> api.Resource:
    name = document["metadata"]["name"]
    try:
        resource = api.decode(document)
    except api.InvalidResource as error:
        raise invalid(kind, name, [_cause(each) for each in error.errors]) from None
    except api.UnknownKind as error:
        raise bad_request(str(error)) from None
    if old is not None and old.resource is not None:
        faults = api.validate_update(old.resource, resource)
        if faults:
            raise invalid(kind, name, [_cause(each) for each in faults])
    return resource


def _cause(error: api.FieldError) -> Cause:
    if error.rule == "required":
        return Cause(error.path, "Required value", "FieldValueRequired")
    if error.rule == "enum":
        message = f"Unsupported value: {error.message}; {error.cure}"
        return Cause(error.path, message, "FieldValueNotSupported")
    return Cause(error.path, f"{_INVALID}{error.message}; {error.cure}")


def completed(kind: Kind, document: Document) -> Document:
    """The document with what the server adds to some kinds, which no schema can say."""
    if kind.group or not isinstance(document.get("metadata"), dict):
        return document
    if kind.kind == "Secret" and "stringData" in document:
        return merged_text(document)
    if kind.kind == "Namespace":
        metadata = document["metadata"]
        labels = {**(metadata.get("labels") or {}), NAMESPACE_LABEL: metadata["name"]}
        spec = document.get("spec") or {}
        if "deletionTimestamp" not in metadata:
            spec = {"finalizers": ["kubernetes"], **spec}
        return {**document, "metadata": {**metadata, "labels": labels}, "spec": spec}
    if kind.kind == "Service":
        return _service(document)
    return document


def merged_text(document: Document) -> Document:
    """stringData is written over data; what is not text is left, so that decoding reports it."""
    rest = {key: item for key, item in document.items() if key != "stringData"}
    text, data = document["stringData"], document.get("data") or {}
    if not text:
        return rest
    if not isinstance(text, dict) or not isinstance(data, dict):
        return {**rest, "data": text}
    encoded = {
        key: b64encode(item.encode()).decode() if isinstance(item, str) else item
        for key, item in text.items()
    }
    return {**rest, "data": {**data, **encoded}}


def _service(document: Document) -> Document:
    """targetPort defaults to port, which a schema cannot say."""
    spec = document.get("spec")
    ports = spec.get("ports") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(ports, list):
        return document
    filled = [
        {**port, "targetPort": port["port"]}
        if isinstance(port, dict) and "port" in port and not port.get("targetPort")
        else port
        for port in ports
    ]
    return {**document, "spec": {**spec, "ports": filled}}


def _check_immutable(kind: Kind, document: Document, old: Stored | None) -> None:
    """Secrets and ConfigMaps can be frozen, and a Secret keeps its type."""
    if old is None or kind.group or kind.kind not in ("Secret", "ConfigMap"):
        return
    before = old.document
    causes = []
    if before.get("immutable"):
        for field in ("immutable", "data", "binaryData"):
            if (before.get(field) or None) != (document.get(field) or None):
                message = "Forbidden: field is immutable when `immutable` is set"
                causes.append(Cause(field, message, "FieldValueForbidden"))
    if kind.kind == "Secret" and before.get("type") != document.get("type"):
        causes.append(Cause("type", f'{_INVALID}"{document.get("type")}": field is immutable'))
    if causes:
        raise invalid(kind, old.name, causes)


_SEGMENT: Final = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_KEY: Final = re.compile(rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_SEGMENT}")
_LABEL_VALUE: Final = re.compile(rf"(?:{_SEGMENT})?")


def check_labels(kind: Kind, document: Document) -> None:
    """Labels of kinds the core has no type for. Raises Refused (422)."""
    metadata = document["metadata"]
    labels = metadata.get("labels")
    causes = []
    if labels is not None and not isinstance(labels, dict):
        causes.append(Cause("metadata.labels", f"{_INVALID}must be a map"))
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if _LABEL_KEY.fullmatch(key) is None:
            causes.append(Cause("metadata.labels", f'{_INVALID}"{key}": is not a label key'))
        if not isinstance(value, str) or _LABEL_VALUE.fullmatch(value) is None:
            causes.append(Cause("metadata.labels", f'{_INVALID}"{value}": is not a label value'))
    if causes:
        raise invalid(kind, metadata["name"], causes)
