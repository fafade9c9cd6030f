"""Backends and where their endpoints are.

Knows protocols towards backends and the two ways of finding endpoints; knows nothing of Services
or of clusters in the proxy's sense beyond the word.
"""

from enum import StrEnum

import msgspec

from portway.core.model.key import ClusterKey
from portway.core.model.tls import BackendTLS


class Protocol(StrEnum):
    """What is spoken to the backend (Service `appProtocol`, or the route's kind). PICKER is HTTP/2
    to an endpoint picker over TLS, which is verified where a policy says by what; PLAIN_PICKER is
    the same in plain text."""

    HTTP1 = "http"
    H2C = "h2c"
    WEBSOCKET = "ws"
    TCP = "tcp"
    UDP = "udp"
    PICKER = "picker"
    PLAIN_PICKER = "picker-h2c"


class Discovery(StrEnum):
    """LISTED endpoints come as `Endpoints`; NAMED ones are resolved by the proxy (DNS)."""

    LISTED = "listed"
    NAMED = "named"


class Endpoint(msgspec.Struct, frozen=True, gc=False, order=True):
    """`address` is an IP address, a host name (Discovery.NAMED) or `unix:/path` with port 0."""

    address: str
    port: int


class EndpointGroup(msgspec.Struct, frozen=True, gc=False):
    """Endpoints that get `weight` parts together, evenly. `backends` are whose endpoints they are:
    mostly one, several where Services share endpoints."""

    weight: int
    backends: tuple[ClusterKey, ...]
    endpoints: tuple[Endpoint, ...]


class RetryBudget(msgspec.Struct, frozen=True, gc=False):
    """Of the requests of the last `seconds` so many per cent may be retries; `least` retries a
    second always may."""

    percent: int
    seconds: float
    least: float


class Cluster(msgspec.Struct, frozen=True, gc=False):
    """`named` holds the host names of a Discovery.NAMED cluster and is empty otherwise. `tls` is
    None exactly where the key names no policy: plain text. The endpoints of a `pooled` one come in
    groups. `picked`: an endpoint picker may have decided who gets a request. `hashed`: equal
    prompts go to one endpoint. Without a `budget` nothing limits retries but the rules."""

    key: ClusterKey
    discovery: Discovery = Discovery.LISTED
    named: tuple[Endpoint, ...] = ()
    tls: BackendTLS | None = None
    pooled: bool = False
    picked: bool = False
    hashed: bool = False
    budget: RetryBudget | None = None


class Endpoints(msgspec.Struct, frozen=True, gc=False):
    """The ready endpoints of a cluster, sorted. None at all means 503 for its share. `groups` are
    those of a pooled one."""

    key: ClusterKey
    endpoints: tuple[Endpoint, ...] = ()
    groups: tuple[EndpointGroup, ...] = ()
