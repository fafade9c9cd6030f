"""Authorities, and the certificates they sign.

Knows X.509. Must not know who gets a certificate, nor when it is time for another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_PEM: Final = serialization.Encoding.PEM
# Clocks differ; what was made now has to be good elsewhere.
_SKEW: Final = timedelta(minutes=5)

SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return pem(self.certificate)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def left(self, now: datetime) -> float:
        """How much of its life is left: 1 when it was made, 0 and less when it has ended."""
        begin, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return (end - now) / (end - begin)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as text."""
    return certificate.public_bytes(_PEM)


def pair(certificate: bytes, key: bytes) -> KeyPair:
    """The pair of these texts. Raises ValueError: they are none, or do not go together."""
    read = serialization.load_pem_private_key(key, None)
    if not isinstance(read, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is not one of an elliptic curve")
    found = x509.load_pem_x509_certificate(certificate)
    if found.public_key() != read.public_key():
        raise ValueError("the key belongs to another certificate")
    return KeyPair(found, read)


def authority(now: datetime, lifetime: timedelta) -> KeyPair:
    """A new authority: it signs for proxies and control planes, and no further authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Each has a name of its own, so that the right one is found among those that are trusted.
    name = _subject(f"portway {x509.random_serial_number():x}"[:32])
    builder = (
        _builder(name, name, key, now, now + lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
    )
    return KeyPair(builder.sign(key, hashes.SHA256()), key)


def signed(
    by: KeyPair,
    common_name: str,
    names: tuple[x509.GeneralName, ...],
    usage: x509.ObjectIdentifier,
    now: datetime,
    lifetime: timedelta,
) -> KeyPair:
    """A new key with a certificate by this authority, which it does not outlive."""
    key = ec.generate_private_key(ec.SECP256R1())
    end = min(now + lifetime, by.certificate.not_valid_after_utc)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = (
        _builder(_subject(common_name), by.certificate.subject, key, now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(issuer, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return KeyPair(builder.sign(by.key, hashes.SHA256()), key)


def host_name(host: str) -> x509.GeneralName:
    """How a machine is called in a certificate: an address is no name."""
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
