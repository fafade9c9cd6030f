"""Makes the API's certificate authority and the two certificates it signs.

Knows X.509. Must not know where they go. It is run as a program of its own: the library behind it
is large, and an instance that has its certificates needs it for nothing.

    python -m portway.adapters.apiserver.http.authority HOST NOW DAYS

prints them in the order of `Made`, a line of base64 each.
"""

import ipaddress
import sys
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_LIFETIME: Final = timedelta(days=3650)


class Made(NamedTuple):
    """PEM texts, in the order of `credentials.Credentials`."""

    authority: bytes
    certificate: bytes
    key: bytes
    client_certificate: bytes
    client_key: bytes


def made(host: str, now: datetime, lifetime: timedelta) -> Made:
    """New credentials for a server on ``host``. The authority's key is not among them: nobody can
    ever sign anything else with it."""
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
    texts = [authority.public_bytes(serialization.Encoding.PEM)]
    for name, usage, alternative in (
        ("portway", ExtendedKeyUsageOID.SERVER_AUTH, names),
        ("owner", ExtendedKeyUsageOID.CLIENT_AUTH, None),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            _builder(subject, issuer, key, now, lifetime)
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
        texts.append(certificate.public_bytes(serialization.Encoding.PEM))
        texts.append(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return Made(*texts)


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


def main(host: str, now: str, days: str) -> None:
    """Print new credentials."""
    for text in made(host, datetime.fromisoformat(now), timedelta(days=int(days))):
        print(b64encode(text).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
