"""TLS Secrets: whether a certificate chain and its key can be presented to clients.

Knows PEM, X.509 and what the proxy's TLS library takes. Must not know who refers to the Secret.
There is no clock below the wall, so an expired certificate is not refused: its end is a field of
the result, and whoever has a clock can note it.
"""

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    PrivateKeyTypes,
    PublicKeyTypes,
)

from portway.core import model
from portway.core.api.secret import Secret
from portway.core.translate.world import World

CHAIN = "tls.crt"
PRIVATE_KEY = "tls.key"

_SMALLEST_RSA = 2048  # bits; the proxy refuses a TLS context with less
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def certificate(key: model.ObjectKey, world: World) -> model.Certificate | None:
    """The usable certificate in a Secret; None when it is missing or unusable."""
    secret = world.secret(key.namespace, key.name)
    if secret is None:
        return None
    read = read_certificate(secret)
    return read if isinstance(read, model.Certificate) else None


def read_certificate(secret: Secret) -> model.Certificate | str:
    """The certificate of a Secret, or what is wrong with it and what to do, in words."""
    key = model.ObjectKey("Secret", secret.namespace, secret.name)
    for name in (CHAIN, PRIVATE_KEY):
        if not secret.data.get(name):
            return f"{key} has no {name}; a TLS Secret holds {CHAIN} and {PRIVATE_KEY}."
    chain = _chain(secret.data[CHAIN])
    if isinstance(chain, str):
        return f"{key}: {CHAIN} {chain}."
    private = _private_key(secret.data[PRIVATE_KEY])
    if isinstance(private, str):
        return f"{key}: {PRIVATE_KEY} {private}."
    problem = _mismatch(chain, private)
    if problem:
        return f"{key}: {problem}."
    leaf = chain[0]
    return model.Certificate(
        key=key,
        chain=secret.data[CHAIN],
        private_key=secret.data[PRIVATE_KEY],
        names=_names(leaf),
        expires=leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


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


def _mismatch(chain: list[x509.Certificate], private: PrivateKeyTypes) -> str:
    try:
        public = _spki(private.public_key())
        kinds = [_spki(each.public_key()) for each in chain]
    except (ValueError, UnsupportedAlgorithm):
        return "the certificate has a public key of an unknown type; use RSA or ECDSA"
    if kinds[0] == public:
        return _unsuitable(private) or _unusable_for_signing(chain[0], private)
    if public in kinds:
        return f"{CHAIN} does not start with the server certificate; put it first"
    return f"{PRIVATE_KEY} is not the key of the certificate; store the two that belong together"


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
