"""TLS in both directions: certificates that are shown, and what those of others are held against.

Knows PEM bytes, names and keys; a private key never appears in a repr. Knows neither the objects
they come from nor how a proxy is told.
"""

from typing import NamedTuple

import msgspec

from portway.core.model.finding import Finding
from portway.core.model.key import ObjectKey


class Certificate(msgspec.Struct, frozen=True, gc=False):
    """A usable certificate chain with its key, both PEM. `names` are its DNS names.

    `expires` is the RFC 3339 time at which the server certificate ends; whether that is past is
    for someone with a clock to say.
    """

    key: ObjectKey
    chain: bytes
    private_key: bytes
    names: tuple[str, ...] = ()
    expires: str = ""

    def __repr__(self) -> str:
        return f"Certificate({self.key}, names={self.names!r})"


class TrustKey(NamedTuple):
    """A set of authorities: the objects that hold them, sorted. None at all stands for those
    the machine itself trusts. Whoever refers to the same ones shares one set."""

    authorities: tuple[ObjectKey, ...] = ()


class Trust(msgspec.Struct, frozen=True, gc=False):
    """The certificates of a set of authorities: `pem`, or the path of a `file` that holds them."""

    key: TrustKey
    pem: bytes = b""
    file: str = ""


class ClientValidation(msgspec.Struct, frozen=True, gc=False):
    """What a listener asks of its clients: a certificate of one of `trust`'s authorities.

    Not `required`: clients without one, or with one nobody vouches for, are served as well
    (AllowInsecureFallback), so nothing may be concluded from a certificate.
    """

    trust: TrustKey
    required: bool = True


class PeerName(msgspec.Struct, frozen=True, gc=False, order=True):
    """A subject alternative name. `kind` is Hostname or URI."""

    kind: str
    value: str


class BackendTLS(msgspec.Struct, frozen=True, gc=False):
    """TLS towards a backend.

    `server_name` is what is asked for (SNI). The backend's certificate must come from one of
    `trust`'s authorities and have one of `names`. `client` is the Secret with the certificate that
    is shown to it, if any.
    """

    server_name: str
    names: tuple[PeerName, ...]
    trust: TrustKey
    client: ObjectKey | None = None


class TLSTarget(NamedTuple):
    """What a policy is about: a backend, or the one port of it that is called `section`."""

    backend: ObjectKey
    section: str = ""


class TLSPolicy(msgspec.Struct, frozen=True, gc=False):
    """A BackendTLSPolicy by itself: what it is about and what it demands.

    `created` is the RFC 3339 creation time (sorts as text). `tls` is None when nothing could be
    verified: then nothing may be sent to its targets, and `findings` say why.
    """

    key: ObjectKey
    generation: int
    created: str
    targets: tuple[TLSTarget, ...]
    tls: BackendTLS | None = None
    findings: tuple[Finding, ...] = ()
