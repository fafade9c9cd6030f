"""A backend that is reached over TLS, and remembers which name it was asked for and by whom.

Knows certificates and the HTTP/1.1 origin behind them. Must not know the gateway. Whoever does not
shake hands to the end leaves no request, which is what a test of verification needs to see.
"""

import asyncio
import ssl
from pathlib import Path

from tests.wire.harness.certificates import Authority, Certificate
from tests.wire.harness.origin import Origin


class TlsOrigin(Origin):
    """Shows `certificate`; with `clients`, asks for one of that authority and takes nobody else.

    `server_names` has the name of every hello, `client_certificates` (DER, or None) and `alpn` an
    entry for every connection that was made.
    """

    def __init__(
        self,
        name: str,
        certificate: Certificate,
        folder: Path,
        *,
        clients: Authority | None = None,
        alpn: tuple[str, ...] = (),
        port: int = 0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        context = certificate.server_context(folder, *alpn)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients.pem.decode())
        context.sni_callback = self._hello
        super().__init__(name, port=port, tls=context)
        self.server_names: list[str | None] = []
        self.client_certificates: list[bytes | None] = []
        self.alpn: list[str | None] = []

    def _hello(self, _: ssl.SSLSocket | ssl.SSLObject, name: str | None, __: object) -> None:
        self.server_names.append(name)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agreed = writer.get_extra_info("ssl_object")
        self.client_certificates.append(agreed.getpeercert(binary_form=True))
        self.alpn.append(agreed.selected_alpn_protocol())
        await super()._connected(reader, writer)
