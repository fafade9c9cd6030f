"""The configuration server: delta xDS over gRPC, on a unix socket or over
mutual TLS. And the way from a proxy to one that is elsewhere (`relay`, `upstream`).

Knows gRPC, sockets and the two messages of the protocol. Must not know what a resource means: their
bytes come encoded and leave unread.
"""

from portway.adapters.xds.caller import Caller
from portway.adapters.xds.entrance import Secure, UnixSocket, XdsError
from portway.adapters.xds.pipe import Pipe
from portway.adapters.xds.relay import Patience, Relay
from portway.adapters.xds.server import StreamEvents, XdsServer
from portway.adapters.xds.upstream import Upstream

__all__ = [
    "Caller",
    "Patience",
    "Pipe",
    "Relay",
    "Secure",
    "StreamEvents",
    "UnixSocket",
    "Upstream",
    "XdsError",
    "XdsServer",
]
