"""The authority of one installation, through its whole life.

An authority ends some day, and whoever trusted it alone would then trust nobody. So its successor
is made while a third of its life is left, and is trusted before it signs anything: it takes over
when everybody has had the time to hear of it. One that has ended without a successor is replaced
at once.

Knows which authority signs and which are trusted. Must not know where a keyring is kept; `data` is
what is kept of it, in the keys of a Secret (`ca.crt`, `tls.crt`, `tls.key`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from portway.adapters.identity import signing
from portway.adapters.identity.name import gateway_name
from portway.adapters.identity.signing import KeyPair

AUTHORITY_LIFE: Final = timedelta(days=3650)
LEAF_LIFE: Final = timedelta(days=7)
# Below so much of its life, the next one is made.
RENEW_BELOW: Final = 1 / 3

Data = Mapping[str, bytes]


class KeyringError(ValueError):
    """What is kept is not a keyring. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """`signer` signs; `trusted` are all authorities that count, the signer's first. `heir` will
    sign once it was trusted from `since` for as long as a certificate lives."""

    signer: KeyPair
    trusted: tuple[x509.Certificate, ...]
    heir: KeyPair | None = None
    since: datetime | None = None

    @classmethod
    def new(cls, now: datetime) -> "Keyring":
        """One with a new authority."""
        signer = signing.authority(now, AUTHORITY_LIFE)
        return cls(signer, (signer.certificate,))

    @classmethod
    def of(cls, data: Data) -> "Keyring":
        """What was kept. Raises KeyringError."""
        try:
            signer = signing.pair(data["tls.crt"], data["tls.key"])
            trusted = tuple(x509.load_pem_x509_certificates(data["ca.crt"]))
            if "next.crt" not in data:
                return cls(signer, trusted)
            heir = signing.pair(data["next.crt"], data["next.key"])
            since = datetime.fromisoformat(data["next-since"].decode())
        except KeyError as error:
            raise KeyringError(f"the key {error} is missing") from None
        except ValueError as error:
            raise KeyringError(str(error)) from None
        return cls(signer, trusted, heir, since)

    @property
    def data(self) -> dict[str, bytes]:
        """What to keep."""
        kept = {
            "ca.crt": self.bundle,
            "tls.crt": self.signer.certificate_pem,
            "tls.key": self.signer.key_pem,
        }
        if self.heir is not None and self.since is not None:
            kept["next.crt"] = self.heir.certificate_pem
            kept["next.key"] = self.heir.key_pem
            kept["next-since"] = self.since.isoformat().encode()
        return kept

    @property
    def bundle(self) -> bytes:
        """Everybody who is trusted, as text."""
        return b"".join(signing.pem(each) for each in self.trusted)

    def turned(self, now: datetime) -> "Keyring":
        """What it is by now; itself while there is nothing to do."""
        if self.signer.left(now) <= 0 and (self.heir is None or self.heir.left(now) <= 0):
            return Keyring.new(now)
        if self.heir is not None and self.since is not None:
            known = now - self.since >= LEAF_LIFE
            if known or self.signer.left(now) <= 0:
                return self._succeeded(self.heir, now)
        elif self.signer.left(now) < RENEW_BELOW:
            heir = signing.authority(now, AUTHORITY_LIFE)
            return replace(self, trusted=(*self.trusted, heir.certificate), heir=heir, since=now)
        return self

    def _succeeded(self, heir: KeyPair, now: datetime) -> "Keyring":
        others = [each for each in self.trusted if each != heir.certificate]
        alive = [each for each in others if each.not_valid_after_utc > now]
        return Keyring(heir, (heir.certificate, *alive))

    # -- what it signs ---------------------------------------------------------------------

    def for_gateway(self, owner: str, now: datetime) -> KeyPair:
        """What the proxies of a Gateway (`<namespace>/<name>`) show."""
        name = x509.UniformResourceIdentifier(gateway_name(owner))
        return signing.signed(self.signer, "proxy", (name,), signing.CLIENT, now, LEAF_LIFE)

    def for_control_plane(self, host: str, now: datetime) -> KeyPair:
        """What the control plane shows to those who reach it by this name, or address."""
        return signing.signed(
            self.signer, "xds", (signing.host_name(host),), signing.SERVER, now, LEAF_LIFE
        )

    def good(self, held: KeyPair, owner: str, now: datetime) -> bool:
        """Whether what a Gateway's proxies have will do for now: by the authority that signs, for
        this Gateway, and with enough of its life left."""
        certificate = held.certificate
        try:
            certificate.verify_directly_issued_by(self.signer.certificate)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
            return False
        found = names.value.get_values_for_type(x509.UniformResourceIdentifier)
        return found == [gateway_name(owner)] and held.left(now) > RENEW_BELOW
