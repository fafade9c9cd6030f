"""A TLS client that chooses its server name and ALPN and tells what the server showed.

Knows TLS. Must not verify: a test asserts on what came, and a wrong certificate is a result too.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509


class RefusedError(Exception):
    """The server ended the handshake; the message is OpenSSL's or the system's."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a server showed: its leaf certificate (DER, DNS names, serial), ALPN, TLS version."""

    certificate: bytes
    names: tuple[str, ...]
    serial: int
    alpn: str | None
    version: str


async def handshake(
    address: str,
    port: int,
    *,
    sni: str | None,
    alpn: Sequence[str] = (),
    client: tuple[str, str] | None = None,
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
) -> Handshake:
    """Shakes hands and closes. `sni=None` sends no server name; `client` is a certificate and key
    file to show if asked.

    Raises RefusedError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = highest
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if client is not None:
        context.load_cert_chain(*client)
    try:
        async with asyncio.timeout(10):
            _, writer = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=sni or ""
            )
    except (ssl.SSLError, ConnectionError) as error:
        raise RefusedError(str(error)) from error
    try:
        return _seen(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


def _seen(connection: ssl.SSLObject) -> Handshake:
    der = connection.getpeercert(binary_form=True)
    assert der is not None
    certificate = x509.load_der_x509_certificate(der)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Handshake(
        certificate=der,
        names=tuple(names.get_values_for_type(x509.DNSName)),
        serial=certificate.serial_number,
        alpn=connection.selected_alpn_protocol(),
        version=connection.version() or "",
    )
