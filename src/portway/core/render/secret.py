"""Certificates as SDS secrets.

Knows PEM bytes and the JSON form of bytes (base64). The result holds a private key: it is encoded
and sent, never logged or dumped.
"""

from base64 import b64encode
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


def _inline(pem: bytes) -> dict[str, Any]:
    return {"inline_bytes": b64encode(pem).decode("ascii")}
