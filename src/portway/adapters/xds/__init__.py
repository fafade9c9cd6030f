"""The configuration server: delta xDS over gRPC, on a unix socket.

Knows gRPC, sockets and the two messages of the protocol. Must not know what a resource means: their
bytes come encoded and leave unread.
"""

from portway.adapters.xds.server import StreamEvents, XdsError, XdsServer, XdsSettings

__all__ = ["StreamEvents", "XdsError", "XdsServer", "XdsSettings"]
