"""A certificate chain and a private key in PEM, and whether they belong together.

Knows X.509 and what the proxy's TLS library takes. Must not know Secrets. Imported when the first
certificate is read: the library behind it takes 8 MB, which a site without TLS need not have.
"""

import warnings
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    PrivateKeyTypes,
    PublicKeyTypes,
)

_SMALLEST_RSA = 2048  # bits; the proxy refuses a TLS context with less
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class KeyPair(NamedTuple):
    """`names` are the DNS names of the leaf, `expires` is the end of its validity (RFC 3339)."""

    names: tuple[str, ...]
    expires: str


class Unusable(NamedTuple):
    """What is wrong: with the chain, with the key, or (neither) with the two together."""

    words: str
    of_chain: bool = False
    of_key: bool = False


def read(chain_pem: bytes, key_pem: bytes) -> KeyPair | Unusable:
    """The pair that the two make."""
    chain = _chain(chain_pem)
    if isinstance(chain, str):
        return Unusable(chain, of_chain=True)
    private = _private_key(key_pem)
    if isinstance(private, str):
        return Unusable(private, of_key=True)
    problem = _mismatch(chain, private)
    if problem is not None:
        return problem
    leaf = chain[0]
    return KeyPair(_names(leaf), leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _chain(pem: bytes) -> list[x509.Certificate] | str:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        return "is not a PEM certificate chain; store the chain with the server certificate first"


def _private_key(pem: bytes) -> PrivateKeyTypes | str:
    try:
        # The match with the certificate is proved below; re-proving that the primes are prime
        # costs a hundred times more than reading the key.
        return serialization.load_pem_private_key(
            pem, password=None, unsafe_skip_rsa_key_validation=True
        )
    except TypeError:
        return "is encrypted; store it without a pass phrase"
    except (ValueError, UnsupportedAlgorithm):
        return "is not a PEM private key; store the unencrypted key of the server certificate"


def _mismatch(chain: list[x509.Certificate], private: PrivateKeyTypes) -> Unusable | None:
    try:
        public = _spki(private.public_key())
        kinds = [_spki(each.public_key()) for each in chain]
    except (ValueError, UnsupportedAlgorithm):
        return Unusable("the certificate has a public key of an unknown type; use RSA or ECDSA")
    if kinds[0] == public:
        words = _unsuitable(private) or _unusable_for_signing(chain[0], private)
        return Unusable(words) if words else None
    if public in kinds:
        words = "does not start with the server certificate; put it first"
        return Unusable(words, of_chain=True)
    words = "is not the key of the certificate; store the two that belong together"
    return Unusable(words, of_key=True)


def _spki(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _unsuitable(private: PrivateKeyTypes) -> str:
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < _SMALLEST_RSA:
            return f"the RSA key has {private.key_size} bits; use at least {_SMALLEST_RSA}"
        return ""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        if isinstance(private.curve, _CURVES):
            return ""
        return f"the curve {private.curve.name} is not served; use P-256, P-384 or P-521"
    return "only RSA and ECDSA keys are served; use one of these"


def _unusable_for_signing(leaf: x509.Certificate, private: PrivateKeyTypes) -> str:
    """An ECDSA certificate whose key usage leaves out signatures is for key agreement only, which
    TLS no longer does; the proxy refuses it without saying why."""
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    if usage.digital_signature:
        return ""
    return "the certificate's key usage lacks digitalSignature; issue one that has it"


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        with warnings.catch_warnings():
            # Odd but readable extensions of other people's certificates are not our matter.
            warnings.simplefilter("ignore")
            found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(sorted({name.lower() for name in found.value.get_values_for_type(x509.DNSName)}))
