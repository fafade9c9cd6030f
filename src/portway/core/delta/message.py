"""What goes over one stream: requests, responses, and what became of a response.

Plain values. The adapter converts them from and to protobuf; field meanings are those of
envoy.service.discovery.v3.DeltaDiscoveryRequest and DeltaDiscoveryResponse.
"""

from collections.abc import Mapping

import msgspec

from portway.core.delta.resource import Resource


class Request(msgspec.Struct, frozen=True):
    """A DeltaDiscoveryRequest. `error` is the message of error_detail, None when absent."""

    type_url: str
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    initial_resource_versions: Mapping[str, str] = {}
    response_nonce: str = ""
    error: str | None = None


class Response(msgspec.Struct, frozen=True):
    """A DeltaDiscoveryResponse. `system_version` is for people only."""

    type_url: str
    nonce: str
    resources: tuple[Resource, ...]
    removed: tuple[str, ...]
    system_version: str


class Ack(msgspec.Struct, frozen=True):
    """A response was acknowledged: the proxy holds these versions and lacks what was removed."""

    type_url: str
    versions: Mapping[str, str]
    removed: tuple[str, ...] = ()


class Nack(msgspec.Struct, frozen=True):
    """A response was refused as a whole; `message` is the proxy's. Which of the resources is to
    blame is not part of the protocol."""

    type_url: str
    versions: Mapping[str, str]
    removed: tuple[str, ...]
    message: str


Outcome = Ack | Nack
