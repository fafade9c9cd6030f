"""A Secret of ours in a cluster: read, made, and replaced if nobody was faster.

Knows the form of a Secret. Must not know what is in one.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled

_CONFLICT: Final = 409
OPAQUE: Final = "Opaque"
TLS: Final = "kubernetes.io/tls"


class Secret(msgspec.Struct):
    """``metadata`` as the API has it; ``data`` decoded."""

    metadata: dict[str, Any]
    data: dict[str, bytes]

    @property
    def uid(self) -> str:
        """The object's own, which another one of its name has not."""
        return str(self.metadata.get("uid", ""))


class _Wire(msgspec.Struct):
    metadata: dict[str, Any]
    data: dict[str, str] | None = None


async def read(client: Client, namespace: str, name: str) -> Secret | None:
    """The Secret; None where there is none. Raises ApiFailure, Unreachable or Garbled."""
    try:
        body = await client.get(f"{_list(namespace)}/{name}")
    except ApiFailure as failure:
        if failure.status == NOT_FOUND:
            return None
        raise
    return _decode(body)


async def write(
    client: Client,
    metadata: Mapping[str, Any],
    data: Mapping[str, bytes],
    before: Secret | None,
    kind: str = OPAQUE,
) -> Secret | None:
    """Make it, or put it in the place of ``before``; None where somebody else was faster.
    ``metadata`` names it; what others have put into that of ``before`` stays. Raises ApiFailure,
    Unreachable or Garbled."""
    kept = {} if before is None else before.metadata
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": {**_but_managed(kept), **_with(kept, metadata)},
        "data": {key: b64encode(value).decode() for key, value in sorted(data.items())},
    }
    path = _list(str(metadata["namespace"]))
    try:
        body = await client.put(
            path if before is None else f"{path}/{metadata['name']}",
            msgspec.json.encode(document),
            new=before is None,
        )
    except ApiFailure as failure:
        # 404: it was there a moment ago.
        if failure.status in (_CONFLICT, NOT_FOUND):
            return None
        raise
    return _decode(body)


def _list(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


def _but_managed(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key != "managedFields"}


def _with(kept: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Our metadata; labels and annotations of others beside our own."""
    return {
        key: {**kept.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in ours.items()
    }


def _decode(body: bytes) -> Secret:
    try:
        wire = msgspec.json.decode(body, type=_Wire)
        data = {key: b64decode(value, validate=True) for key, value in (wire.data or {}).items()}
    except (msgspec.DecodeError, ValueError) as error:
        raise Garbled(f"this is no Secret: {error}") from None
    return Secret(wire.metadata, data)
