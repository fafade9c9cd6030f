"""A connection to a control plane on another machine: TLS, both sides with certificates.

Knows names, addresses and sockets. Must not know who makes certificates, nor what travels.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from portway.adapters.listening import authority
from portway.adapters.xds.pipe import Pipe

# Where a name has addresses of both kinds, the next one is tried too after so many seconds.
_NEXT_ADDRESS = 0.25
_BUFFER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upstream:
    """A control plane.

    Attributes:
        host: its name or address, which its certificate has to bear; all replicas are behind it.
        port: of that host.
        context: what is shown and asked for; asked anew for each connection. May raise OSError.
    """

    host: str
    port: int
    context: Callable[[], ssl.SSLContext]

    async def connect(self) -> Pipe:
        """A connection to whichever replica answers. Raises OSError."""
        context = self.context()
        try:
            reader, writer = await asyncio.open_connection(
                self.host,
                self.port,
                ssl=context,
                server_hostname=self.host,
                happy_eyeballs_delay=_NEXT_ADDRESS,
                limit=_BUFFER,
            )
        except OSError as error:
            raise OSError(f"{authority(self.host, self.port)}: {error}") from error
        found = writer.get_extra_info("ssl_object")
        if found.selected_alpn_protocol() != "h2":
            writer.transport.abort()
            raise OSError(f"{authority(self.host, self.port)}: it does not speak HTTP/2")
        return Pipe(reader, writer)
