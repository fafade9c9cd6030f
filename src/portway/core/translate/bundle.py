"""CA certificates in PEM: whether they can be read, and when the first of them ends.

Knows X.509. Must not know where the text is kept. Imported when the first one is read: the library
behind it takes 8 MB, which a site without TLS need not have (see `key_pair`).
"""

from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization

_BEGINS = b"-----BEGIN CERTIFICATE-----"


class Bundle(NamedTuple):
    """`pem` holds the certificates alone, each once: whatever else the text held, a private key
    among it, goes nowhere. `expires` is the earliest end of any of them (RFC 3339)."""

    pem: bytes
    expires: str


def read(pem: bytes) -> Bundle | str:
    """The certificates in a text, or what is wrong with it. One that cannot be read spoils all:
    which of them somebody relies on is not known here."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        found = []
    # One that breaks off is passed over by the parser.
    if not found or pem.count(_BEGINS) > len(found):
        return "holds no PEM certificates that can all be read; store the CA certificates in PEM"
    texts = dict.fromkeys(each.public_bytes(serialization.Encoding.PEM) for each in found)
    first = min(each.not_valid_after_utc for each in found)
    return Bundle(b"".join(texts), first.strftime("%Y-%m-%dT%H:%M:%SZ"))
