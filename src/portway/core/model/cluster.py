"""Backends and where their endpoints are.

Knows protocols towards backends and the two ways of finding endpoints; knows nothing of Services
or of clusters in the proxy's sense beyond the word.
"""

from enum import StrEnum

import msgspec

from portway.core.model.key import ClusterKey
from portway.core.model.tls import BackendTLS


class Protocol(StrEnum):
    """What is spoken to the backend (Service `appProtocol`, or the route's kind)."""

    HTTP1 = "http"
    H2C = "h2c"
    WEBSOCKET = "ws"
    TCP = "tcp"
    UDP = "udp"


class Discovery(StrEnum):
    """LISTED endpoints come as `Endpoints`; NAMED ones are resolved by the proxy (DNS)."""

    LISTED = "listed"
    NAMED = "named"


class Endpoint(msgspec.Struct, frozen=True, gc=False, order=True):
    """`address` is an IP address, a host name (Discovery.NAMED) or `unix:/path` with port 0."""

    address: str
    port: int


class Cluster(msgspec.Struct, frozen=True, gc=False):
    """`named` holds the host names of a Discovery.NAMED cluster and is empty otherwise. `tls` is
    None exactly where the key names no policy: plain text."""

    key: ClusterKey
    discovery: Discovery = Discovery.LISTED
    named: tuple[Endpoint, ...] = ()
    tls: BackendTLS | None = None


class Endpoints(msgspec.Struct, frozen=True, gc=False):
    """The ready endpoints of a cluster, sorted. None at all means 503 for its share."""

    key: ClusterKey
    endpoints: tuple[Endpoint, ...] = ()
