"""Certificates for tests, made when the test runs.

Knows trustme, PEM files and Secrets of type kubernetes.io/tls. Must not know who uses them. No
private key is ever in the repository.
"""

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its private key, both PEM."""

    names: tuple[str, ...]
    chain: bytes
    key: bytes

    def write(self, folder: Path, stem: str) -> tuple[Path, Path]:
        """Writes `<stem>.crt` and `<stem>.key` and returns their paths."""
        chain, key = folder / f"{stem}.crt", folder / f"{stem}.key"
        chain.write_bytes(self.chain)
        key.touch(mode=0o600)
        key.write_bytes(self.key)
        return chain, key

    def secret(self, name: str, namespace: str = "default") -> dict[str, Any]:
        """A Secret manifest of type kubernetes.io/tls."""
        encoded = {"tls.crt": self.chain, "tls.key": self.key}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "kubernetes.io/tls",
            "data": {field: base64.b64encode(pem).decode() for field, pem in encoded.items()},
        }

    def server_context(self, folder: Path, *alpn: str) -> ssl.SSLContext:
        """A context that serves this certificate; the key passes through a file in `folder`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.write(folder, f"server-{self.names[0].replace('*', '_')}"))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


class Authority:
    """A certificate authority that lives as long as the test."""

    def __init__(self, name: str = "Portway test authority") -> None:
        self._authority = trustme.CA(organization_name=name)

    @property
    def pem(self) -> bytes:
        """The authority's own certificate."""
        return self._authority.cert_pem.bytes()

    def certificate(self, *names: str) -> Certificate:
        """A server certificate for DNS names (wildcards too) and IP addresses."""
        return _certificate(names, self._authority.issue_cert(*names))

    def client_certificate(self, email: str) -> Certificate:
        """A client certificate for an e-mail address."""
        return _certificate((email,), self._authority.issue_cert(email))

    def client_context(self, *alpn: str, verify: bool = True) -> ssl.SSLContext:
        """A context that trusts this authority alone, or, with `verify=False`, anything."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if verify:
            self._authority.configure_trust(context)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


def _certificate(names: tuple[str, ...], leaf: trustme.LeafCert) -> Certificate:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Certificate(names, chain, leaf.private_key_pem.bytes())
