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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

END = "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its private key, both PEM."""

    names: tuple[str, ...]
    chain: bytes
    key: bytes

    @property
    def der(self) -> bytes:
        """The first certificate of the chain."""
        return ssl.PEM_cert_to_DER_cert(self.chain.decode().partition("-----END")[0] + END)

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
        context.load_cert_chain(*self.write(folder, f"server-{_file_name(self.names[0])}"))
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

    def certificate_for(self, *names: str) -> Certificate:
        """The same, where `uri:` before a name makes it a URI."""
        if not any(each.startswith("uri:") for each in names):
            return self.certificate(*names)
        return _certificate(names, _with_uris(self._authority, names))

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


def _file_name(name: str) -> str:
    return "".join(each if each.isalnum() or each in ".-" else "_" for each in name)


def _with_uris(authority: trustme.CA, names: tuple[str, ...]) -> trustme.LeafCert:
    """trustme makes no URIs; a certificate like its own, with the names replaced."""
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(each.removeprefix("uri:"))
        if each.startswith("uri:")
        else x509.DNSName(each)
        for each in names
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "workload")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return trustme.LeafCert(pem, made.public_bytes(serialization.Encoding.PEM), [])


def _certificate(names: tuple[str, ...], leaf: trustme.LeafCert) -> Certificate:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Certificate(names, chain, leaf.private_key_pem.bytes())
