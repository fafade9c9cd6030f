"""What the control plane shows and asks for when a proxy connects.

Knows Python's TLS contexts. A context can take another certificate and further authorities while it
is in use: whoever connects next meets those. It cannot forget an authority, and need not: one
leaves a keyring only when it has ended.
"""

import ssl
import tempfile
from pathlib import Path

from portway.adapters.identity.signing import KeyPair


class Door:
    """`context` lets in whoever has a certificate of a trusted authority, and nobody before `show`
    was called once."""

    def __init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.set_alpn_protocols(["h2"])

    def show(self, own: KeyPair, bundle: bytes) -> None:
        """From now on show this certificate, and trust these authorities too (PEM)."""
        # The library reads it from a file only; nobody else may enter the folder.
        with tempfile.TemporaryDirectory(prefix="portway-") as folder:
            path = Path(folder) / "own.pem"
            path.touch(mode=0o600)
            path.write_bytes(own.certificate_pem + own.key_pem)
            self.context.load_cert_chain(path)
        self.context.load_verify_locations(cadata=bundle.decode("ascii"))
