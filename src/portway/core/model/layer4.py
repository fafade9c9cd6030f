"""Routes that take connections or datagrams as a whole: TLSRoute, TCPRoute, UDPRoute.

Knows where connections arrive, which route has them and how its backends share them. Must not know
CRDs, sockets or how a proxy balances.

    route ──► L4Route    what its rule means, once, whoever the parents are
    L4Route × Attachment ──► L4Claim per place ──► L4Place (the oldest has it) ──► L4Pool
"""

from typing import NamedTuple

import msgspec

from portway.core.model.cluster import Discovery, EndpointGroup
from portway.core.model.finding import Finding
from portway.core.model.key import ClusterKey, ObjectKey, PortKey
from portway.core.model.tls import BackendTLS


class L4Key(NamedTuple):
    """A place where connections arrive that one route takes as a whole.

    `protocol` is TLS, TCP or UDP. For TLS `domain` is the server name (SNI) that leads there, or
    `*.suffix`, or `*` for what is left; it is empty for TCP and UDP, where the port says it all.
    """

    gateway: ObjectKey
    port: int
    protocol: str
    domain: str = ""

    @property
    def port_key(self) -> PortKey:
        return PortKey(self.gateway, self.port, "UDP" if self.protocol == "UDP" else "TCP")


class L4Share(msgspec.Struct, frozen=True, gc=False):
    """One backendRef. `backend` None is an invalid reference: its share is refused.

    `policy` names the BackendTLSPolicy that demands TLS towards the backend. It concerns
    connections that were decrypted; those that pass through are encrypted from end to end. In a
    claim `backend` has it too where it counts.
    """

    weight: int
    backend: ClusterKey | None
    policy: str = ""


class L4Route(msgspec.Struct, frozen=True, gc=False):
    """What the one rule of a route means. `created` is the RFC 3339 creation time (sorts as text),
    `findings` hold for every parent."""

    key: ObjectKey
    created: str
    shares: tuple[L4Share, ...]
    findings: tuple[Finding, ...] = ()


class L4Claim(msgspec.Struct, frozen=True, gc=False):
    """What one route would do with what arrives at one place; `narrowed`: see `Contribution`."""

    route: ObjectKey
    created: str
    shares: tuple[L4Share, ...]
    narrowed: str = ""


class L4Place(msgspec.Struct, frozen=True, gc=False):
    """A place and the route that has it; `waiting` routes are attached as well, and get nothing.

    Without a route, connections are closed and datagrams dropped.
    """

    key: L4Key
    route: ObjectKey | None = None
    shares: tuple[L4Share, ...] = ()
    waiting: tuple[ObjectKey, ...] = ()

    @property
    def pooled(self) -> bool:
        """Whether the place has a pool. One of TCP or UDP has it without a route as well, so that
        the first route to come changes nothing about the port."""
        return self.route is not None or self.key.protocol != "TLS"


class L4Pool(msgspec.Struct, frozen=True, gc=False):
    """The endpoints of a place. `refused` parts are turned away. No group means that everything
    is. `tls` is how all of them are reached; None is plain text, or whatever passes through."""

    key: L4Key
    route: ObjectKey | None
    discovery: Discovery = Discovery.LISTED
    groups: tuple[EndpointGroup, ...] = ()
    refused: int = 0
    tls: BackendTLS | None = None
