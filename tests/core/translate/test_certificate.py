"""TLS Secrets: what can be presented to clients, and the words for what cannot."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from portway.core import api, model
from portway.core.translate.certificate import read_certificate

START = datetime(2020, 1, 1)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

MAKERS: dict[str, Callable[[], Key]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "other": lambda: ec.generate_private_key(ec.SECP256R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@cache
def key(name: str) -> Key:
    return MAKERS[name]()


@cache
def chain(name: str, *names: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    private = key(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    digest = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(private, digest).public_bytes(serialization.Encoding.PEM)


def pem(name: str, password: bytes = b"") -> bytes:
    return key(name).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


def secret(**data: bytes) -> api.Secret:
    named = {key.replace("_", "."): value for key, value in data.items()}
    return api.Secret(metadata=api.ObjectMeta(name="cert", namespace="infra"), data=named)


@pytest.mark.parametrize("name", ["rsa", "p256"])
def test_a_matching_pair_is_a_certificate(name: str) -> None:
    read = read_certificate(
        secret(tls_crt=chain(name, "B.Example", "a.example"), tls_key=pem(name))
    )
    assert isinstance(read, model.Certificate)
    assert read.names == ("a.example", "b.example")
    assert read.expires == "2020-01-02T00:00:00Z"  # long past, and still usable: no clock here
    assert read.private_key == pem(name)


def test_a_certificate_without_alternative_names_has_none() -> None:
    read = read_certificate(secret(tls_crt=chain("p256"), tls_key=pem("p256")))
    assert isinstance(read, model.Certificate)
    assert read.names == ()


@pytest.mark.parametrize(
    ("crt", "private", "words"),
    [
        (None, "p256", "has no tls.crt"),
        ("p256", None, "has no tls.key"),
        (b"garbage", "p256", "tls.crt is not a PEM certificate chain"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "p256", "tls.crt is"),
        ("p256", b"garbage", "tls.key is not a PEM private key"),
        ("p256", "other", "tls.key is not the key of the certificate"),
        ("rsa-1024", "rsa-1024", "1024 bits; use at least 2048"),
        ("secp256k1", "secp256k1", "curve secp256k1 is not served"),
        ("ed25519", "ed25519", "only RSA and ECDSA"),
    ],
)
def test_an_unusable_pair_is_told_in_words(
    crt: str | bytes | None, private: str | bytes | None, words: str
) -> None:
    data = {}
    if crt is not None:
        data["tls_crt"] = chain(crt) if isinstance(crt, str) else crt
    if private is not None:
        data["tls_key"] = pem(private) if isinstance(private, str) else private
    read = read_certificate(secret(**data))
    assert isinstance(read, str)
    assert words in read
    assert read.startswith("Secret infra/cert")


def test_an_encrypted_key_is_told_apart() -> None:
    read = read_certificate(secret(tls_crt=chain("p256"), tls_key=pem("p256", b"secret")))
    assert read == "Secret infra/cert: tls.key is encrypted; store it without a pass phrase."


def test_a_chain_in_the_wrong_order_is_told_apart() -> None:
    both = chain("other") + chain("p256")
    read = read_certificate(secret(tls_crt=both, tls_key=pem("p256")))
    assert isinstance(read, str)
    assert "does not start with the server certificate; put it first" in read


@pytest.mark.parametrize(
    ("name", "signs", "usable"), [("p256", False, False), ("p256", True, True)]
)
def test_an_ecdsa_certificate_has_to_be_for_signatures(
    name: str, signs: bool, usable: bool
) -> None:
    flags = ("content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign")
    rest = dict.fromkeys((*flags, "crl_sign", "encipher_only", "decipher_only"), False)
    usage = x509.KeyUsage(digital_signature=signs, key_agreement=True, **rest)
    plain = x509.load_pem_x509_certificate(chain(name))
    private = key(name)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    made = (
        x509.CertificateBuilder(plain.issuer, plain.subject, plain.public_key(), 1, START)
        .not_valid_after(START + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )
    read = read_certificate(
        secret(tls_crt=made.public_bytes(serialization.Encoding.PEM), tls_key=pem(name))
    )
    assert isinstance(read, model.Certificate) == usable
    assert usable or "digitalSignature" in str(read)
