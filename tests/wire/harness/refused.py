"""Manifests that pass every check and that Envoy refuses all the same.

Knows three such things: a pattern RE2 compiles into a larger program than the proxy allows, an RSA
key whose public exponent is larger than BoringSSL takes, and an authority whose name is no text.
Each passes for valid until the proxy looks at it.
"""

import base64
from datetime import UTC, datetime, timedelta
from math import gcd, lcm

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.wire.harness.manifests import Document

HUGE_PATTERN = "/([a-z]{900}[0-9]{900}[A-Z]{900}[a-f]{900}[0-7]{900})"
PATTERN_WORDS = "max program size"
CERTIFICATE_WORDS = "Failed to load"
AUTHORITY_WORDS = "Failed to load trusted CA certificates"


def authority() -> bytes:
    """A CA certificate, PEM, whose subject says that it is UTF-8 and is not."""
    key = rsa.generate_private_key(65537, 2048)
    der = x509.load_pem_x509_certificate(_certificate(key, "ZZZZZZ")).public_bytes(
        serialization.Encoding.DER
    )
    broken = base64.encodebytes(der.replace(b"ZZZZZZ", b"\xff\xfe" * 3))
    return b"-----BEGIN CERTIFICATE-----\n" + broken + b"-----END CERTIFICATE-----\n"


def huge_match() -> Document:
    """A match of an HTTPRoute rule with the huge pattern."""
    return {"path": {"type": "RegularExpression", "value": HUGE_PATTERN}}


def secret(name: str, host: str) -> Document:
    """A TLS Secret with a key pair of an exponent above 33 bits."""
    key = _odd_key()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    data = {"tls.crt": _certificate(key, host), "tls.key": pem}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "type": "kubernetes.io/tls",
        "data": {field: base64.b64encode(value).decode() for field, value in data.items()},
    }


def _odd_key() -> rsa.RSAPrivateKey:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    p, q = numbers.p, numbers.q
    order = lcm(p - 1, q - 1)
    exponent = next(e for e in range(2**40 + 1, 2**41, 2) if gcd(e, order) == 1)
    secret_exponent = pow(exponent, -1, order)
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=secret_exponent,
        dmp1=secret_exponent % (p - 1),
        dmq1=secret_exponent % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    ).private_key()


def _certificate(key: rsa.RSAPrivateKey, host: str) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
