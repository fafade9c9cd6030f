"""Where the machine keeps the CA certificates it trusts, for the proxy that runs on it.

Knows where systems put them and the variable that overrides it. Must not know what they are for.
There is no standard place: each of these is that of a widespread system, and the first one that
holds a certificate is taken.
"""

from collections.abc import Mapping
from pathlib import Path

_VARIABLE = "SSL_CERT_FILE"  # as OpenSSL, Go, curl and Python's requests know it
_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",  # older Fedora and RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS, OpenBSD
    "/usr/local/etc/ssl/cert.pem",  # FreeBSD
)
_BEGINS = b"-----BEGIN CERTIFICATE-----"


def find(environment: Mapping[str, str], root: Path = Path("/")) -> Path | None:
    """The file; None when there is none that can be read and holds a certificate. A place that is
    named and useless is not passed over: who names one does not want another."""
    named = environment.get(_VARIABLE)
    if named:
        file = Path(named).absolute()
        return file if _holds_certificates(file) else None
    places = (root / each.lstrip("/") for each in _PLACES)
    return next((each for each in places if _holds_certificates(each)), None)


def _holds_certificates(file: Path) -> bool:
    try:
        return _BEGINS in file.read_bytes()
    except OSError:
        return False
