"""The certificate that a picker shows: files that may change, or one it makes for itself.

Knows when files are read again. Must not know who looks at it: gateways do not verify a picker's
certificate unless they are told by what (see the guide).
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from portway.adapters.identity.signing import SERVER, authority, signed

Pair = tuple[bytes, bytes]
"""Chain and key (PEM)."""

_LIFETIME: Final = timedelta(days=3650)


class CertificateError(Exception):
    """The files cannot be used. The message names them."""


def self_signed(name: str) -> Callable[[], Pair]:
    """One that is made now and nobody else has."""
    now = datetime.now(UTC)
    root = authority(now, _LIFETIME)
    made = signed(root, name[:64], (x509.DNSName(name),), SERVER, now, _LIFETIME)
    found = (made.certificate_pem + root.certificate_pem, made.key_pem)
    return lambda: found


def of_files(chain: Path, key: Path) -> Callable[[], Pair]:
    """What is in two files now; while they are being changed what was in them before. Raises
    CertificateError if they cannot be read at first."""
    try:
        last = _read(chain, key)
    except OSError as error:
        raise CertificateError(f"the certificate in {chain} and {key}: {error}") from None

    def now() -> Pair:
        nonlocal last
        with contextlib.suppress(OSError):
            last = _read(chain, key)
        return last

    return now


def _read(chain: Path, key: Path) -> Pair:
    return chain.read_bytes(), key.read_bytes()
