"""Certificates, and the authorities others are held against, as SDS secrets.

Knows PEM bytes and the JSON form of bytes (base64). That of a certificate holds a private key: it
is encoded and sent, never logged or dumped.
"""

from base64 import b64encode
from posixpath import dirname
from typing import Any

from portway.core import model
from portway.core.render import names


def secret(certificate: model.Certificate) -> dict[str, Any]:
    """An envoy.extensions.transport_sockets.tls.v3.Secret."""
    return {
        "name": names.secret(certificate.key),
        "tls_certificate": {
            "certificate_chain": _inline(certificate.chain),
            "private_key": _inline(certificate.private_key),
        },
    }


def trust(value: model.Trust) -> dict[str, Any]:
    """The same for a set of authorities: authorities alone, so that which of them count can change
    without whoever refers to them."""
    context: dict[str, Any] = {"trusted_ca": _inline(value.pem)}
    if value.file:
        # Whoever keeps the machine up to date replaces the file; the proxy looks again then.
        context = {
            "trusted_ca": {"filename": value.file},
            "watched_directory": {"path": dirname(value.file)},
        }
    return {"name": names.trust(value.key), "validation_context": context}


def _inline(pem: bytes) -> dict[str, Any]:
    return {"inline_bytes": b64encode(pem).decode("ascii")}
