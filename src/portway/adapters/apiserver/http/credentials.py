"""The API's own certificate authority, its certificates, and the kubeconfig that uses them.

Knows X.509 and the kubeconfig format. Must not know sockets. Everything lives in one folder that
only the owner can read; it is made at the first start and made again before it runs out.
"""

import ipaddress
import os
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME: Final = timedelta(days=365)
_RENEW_BEFORE: Final = timedelta(days=30)
_CA_LIFETIME: Final = timedelta(days=3650)


class Credentials(NamedTuple):
    """Paths of PEM files: a server's pair, a client's pair, and who signed both."""

    authority: Path
    certificate: Path
    key: Path
    client_certificate: Path
    client_key: Path


def credentials(folder: Path, host: str, now: datetime | None = None) -> Credentials:
    """The credentials in a folder, made if they are missing, run out soon or name another host."""
    moment = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ("ca.crt", "server.crt", "server.key", "client.crt", "client.key")
    found = Credentials(*(folder / name for name in names))
    if not _usable(found, host, moment):
        _make(found, host, moment)
    return found


def write_kubeconfig(
    path: Path, address: str, found: Credentials, *, token: str | None = None
) -> None:
    """A kubeconfig for ``https://HOST:PORT`` that only the owner can read. JSON is YAML."""
    user: dict[str, Any] = {
        "client-certificate-data": _data(found.client_certificate),
        "client-key-data": _data(found.client_key),
    }
    if token is not None:
        user["token"] = token
    cluster = {"server": address, "certificate-authority-data": _data(found.authority)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "portway", "cluster": cluster}],
        "users": [{"name": "portway", "user": user}],
        "contexts": [{"name": "portway", "context": {"cluster": "portway", "user": "portway"}}],
        "current-context": "portway",
    }
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    _write(path, text + b"\n")


def _usable(found: Credentials, host: str, now: datetime) -> bool:
    if not all(path.exists() for path in found):
        return False
    try:
        for path in (found.authority, found.certificate, found.client_certificate):
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            if certificate.not_valid_after_utc - _RENEW_BEFORE < now:
                return False
        server = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return _name(host) in list(names)


def _make(found: Credentials, host: str, now: datetime) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portway local API")])
    authority = (
        _builder(issuer, issuer, authority_key, now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName(
        [*{_name(host), _name("127.0.0.1"), _name("::1"), _name("localhost")}]
    )
    pairs = (
        (found.certificate, found.key, "portway", ExtendedKeyUsageOID.SERVER_AUTH, names),
        (
            found.client_certificate,
            found.client_key,
            "owner",
            ExtendedKeyUsageOID.CLIENT_AUTH,
            None,
        ),
    )
    for path, key_path, name, usage, alternative in pairs:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            _builder(subject, issuer, key, now, _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
                critical=False,
            )
        )
        if alternative is not None:
            builder = builder.add_extension(alternative, critical=False)
        certificate = builder.sign(authority_key, hashes.SHA256())
        _write(path, certificate.public_bytes(serialization.Encoding.PEM))
        _write(
            key_path,
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
    # The authority's key is not kept: nobody can ever sign anything else with it.
    _write(found.authority, authority.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _data(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.replace(beside, path)
