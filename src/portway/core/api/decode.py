"""Documents into resources.

Knows the order of the work: find the kind, decode, explain what did not fit, validate. Must not
know any rule. A resource that comes out has passed every rule the API server would have checked;
nothing but ``UnknownKind`` and ``InvalidResource`` is ever raised, whatever the document holds.
"""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from portway.core.api import structure
from portway.core.api.errors import FieldError, InvalidResource, UnknownKind, printable
from portway.core.api.meta import Resource
from portway.core.api.normalise import canonical_values, merge_string_data
from portway.core.api.registry import KINDS, KindInfo
from portway.core.api.unknown import unknown_fields
from portway.core.api.validate import validate

DEFAULT_NAMESPACE = "default"


def decode(document: Mapping[str, Any], *, default_namespace: str = DEFAULT_NAMESPACE) -> Resource:
    """The resource a document describes, whichever served version it is written in.

    A namespaced resource without a namespace gets ``default_namespace``; a cluster-scoped one
    loses the namespace it should not have, as the API server does it.

    Raises UnknownKind if apiVersion and kind are not registered, and InvalidResource with every
    fault if the document breaks rules. Rules between fields are checked once all fields fit.
    """
    info, version = _kind_of(document)
    body = merge_string_data(document) if "stringData" in document else document
    return _checked(_converted(body, info), info, version, default_namespace)


def decode_json(body: bytes) -> tuple[str, Resource]:
    """The resource, and its apiVersion, that JSON made of one by this package describes. The same
    as ``decode`` of what the JSON says, in half the time: nothing is made in between.

    Raises UnknownKind and InvalidResource as ``decode`` does, and msgspec.MsgspecError where the
    JSON is none or does not fit the kind; ``decode`` may make something of it then, or say why not.
    """
    head = _HEAD.decode(body)
    info, version = _kind_of({"apiVersion": head.api_version, "kind": head.kind})
    resource: Resource = _of_kind(info.type).decode(body)
    return head.api_version, _checked(resource, info, version, DEFAULT_NAMESPACE)


class _Head(msgspec.Struct, rename={"api_version": "apiVersion"}):
    api_version: str
    kind: str


_HEAD = msgspec.json.Decoder(_Head)


@cache
def _of_kind(cls: type[Resource]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cls)


def _checked(resource: Resource, info: KindInfo, version: str, default_namespace: str) -> Resource:
    """The resource in the namespace it belongs in, if it breaks no rule."""
    namespace = (resource.namespace or default_namespace) if info.namespaced else ""
    if namespace != resource.namespace:
        metadata = msgspec.structs.replace(resource.metadata, namespace=namespace)
        resource = msgspec.structs.replace(resource, metadata=metadata)
    errors = validate(resource, version)
    if errors:
        raise InvalidResource(resource.kind, namespace, resource.name, errors)
    return resource


def decode_strict_unknown_fields(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of the fields the schema does not know, for a warning.

    Raises UnknownKind if apiVersion and kind are not registered.
    """
    info, _ = _kind_of(document)
    return unknown_fields(document, info.type)


def _kind_of(document: Mapping[str, Any]) -> tuple[KindInfo, str]:
    if not isinstance(document, Mapping):
        raise UnknownKind("", "", "a resource is a map with apiVersion and kind")
    api_version, kind = document.get("apiVersion"), document.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise UnknownKind(
            api_version if isinstance(api_version, str) else "",
            kind if isinstance(kind, str) else "",
            "a resource needs apiVersion and kind, both as text",
        )
    info = KINDS.get(kind)
    if info is None:
        close = difflib.get_close_matches(kind[:100], KINDS, n=1)
        cure = f"did you mean {close[0]}?" if close else f"known kinds are {', '.join(KINDS)}"
        raise UnknownKind(api_version, kind, cure)
    group, _, version = api_version.rpartition("/")
    if group != info.group or version not in info.versions:
        served = " or ".join(f"{info.group}/{each}".lstrip("/") for each in info.versions)
        raise UnknownKind(api_version, kind, f"{kind} is served as {served}")
    return info, version


def _converted(body: Mapping[str, Any], info: KindInfo) -> Resource:
    try:
        return _convert(body, info.type)
    except (msgspec.ValidationError, UnicodeError):
        # A second try for what is right to the API server and wrong to msgspec; it comes second
        # because it is slow and rarely needed.
        body = canonical_values(body)
    try:
        return _convert(body, info.type)
    except (msgspec.ValidationError, UnicodeError) as error:
        # The walker knows every construct our types use; should one ever be missed, msgspec's own
        # words are better than none.
        errors = structure.faults(body, info.type) or [
            FieldError("", "structure", str(error), "correct the field")
        ]
    name, namespace = _place(body)
    raise InvalidResource(info.type.kind, namespace, name, tuple(errors))


def _convert(body: Mapping[str, Any], cls: type[Resource]) -> Resource:
    resource = msgspec.convert(body, cls)
    # Text that cannot be encoded (half a surrogate pair from a JSON escape) must not reach the
    # wire; encoding once is the cheapest way to look at every string.
    msgspec.json.encode(resource)
    return resource


def _place(body: Mapping[str, Any]) -> tuple[str, str]:
    """Name and namespace of a document that may be malformed, as far as it has them."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping):
        return "", ""
    name, namespace = metadata.get("name"), metadata.get("namespace")
    return (
        printable(name) if isinstance(name, str) else "",
        printable(namespace) if isinstance(namespace, str) else "",
    )
