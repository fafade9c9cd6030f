"""Certificates that listeners present.

Knows PEM bytes; the private key never appears in a repr.
"""

import msgspec

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
