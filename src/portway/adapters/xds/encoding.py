"""The two messages of delta xDS, between bytes and the protocol's own values.

Knows the field numbers of `envoy.service.discovery.v3`. A response is spliced together from
resources that were encoded when they changed; no resource is parsed or encoded again, however many
proxies it is sent to. Must not know gRPC.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from portway.core.delta import Request, Resource, Response
from portway.core.delta.splice import field, join
from portway.core.schema import Schema

_REQUEST = "envoy.service.discovery.v3.DeltaDiscoveryRequest"
# DeltaDiscoveryResponse
_SYSTEM_VERSION, _RESOURCES, _TYPE_URL, _NONCE, _REMOVED = 1, 2, 4, 5, 6
# Resource
_VERSION, _RESOURCE, _NAME = 1, 2, 3
# google.protobuf.Any
_ANY_TYPE, _ANY_VALUE = 1, 2
_LONGEST_ERROR = 16_384


class MalformedRequestError(ValueError):
    """The bytes are no DeltaDiscoveryRequest."""


class RequestReader:
    """Reads requests with the proxy's own schema."""

    def __init__(self, schema: Schema) -> None:
        self._message: Any = schema.message_class(_REQUEST)

    def read(self, body: bytes) -> tuple[Request, str]:
        """The request, and the node id it carries: only a stream's first has one.

        Raises:
            MalformedRequestError: the bytes are none.
        """
        try:
            message = self._message.FromString(body)
        except DecodeError as error:
            raise MalformedRequestError(f"not a DeltaDiscoveryRequest: {error}") from None
        failed = message.HasField("error_detail")
        request = Request(
            type_url=message.type_url,
            subscribe=tuple(message.resource_names_subscribe),
            unsubscribe=tuple(message.resource_names_unsubscribe),
            initial_resource_versions=dict(message.initial_resource_versions),
            response_nonce=message.response_nonce,
            error=_words(message.error_detail) if failed else None,
        )
        return request, str(message.node.id)


def _words(status: Any) -> str:
    """Envoy's reason; a refusal without one still is a refusal."""
    return str(status.message)[:_LONGEST_ERROR] or f"refused with status code {status.code}"


def encode(response: Response) -> bytes:
    """A DeltaDiscoveryResponse, fields in ascending order."""
    head = field(_SYSTEM_VERSION, response.system_version.encode())
    tail = field(_TYPE_URL, response.type_url.encode()) + field(_NONCE, response.nonce.encode())
    resources = join(head, _RESOURCES, [wire_resource(each) for each in response.resources])
    return join(resources + tail, _REMOVED, [name.encode() for name in response.removed])


def wire_resource(resource: Resource) -> bytes:
    """One `envoy.service.discovery.v3.Resource` around the encoded body."""
    body = field(_ANY_TYPE, resource.type_url.encode()) + field(_ANY_VALUE, resource.body)
    return (
        field(_VERSION, resource.version.encode())
        + field(_RESOURCE, body)
        + field(_NAME, resource.name.encode())
    )
