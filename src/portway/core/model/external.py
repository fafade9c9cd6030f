"""Backends that say themselves where they are and how they are reached.

Knows keys, endpoints and TLS. Must not know who refers to them, nor what is wrong with the object
but as findings.
"""

import msgspec

from portway.core.model.cluster import Endpoint
from portway.core.model.finding import Finding
from portway.core.model.key import ObjectKey
from portway.core.model.tls import BackendTLS


class External(msgspec.Struct, frozen=True, gc=False):
    """An XBackend by itself. `encrypted` without `tls`: nothing may be sent to it."""

    key: ObjectKey
    generation: int
    endpoint: Endpoint
    protocol: str
    encrypted: bool = False
    tls: BackendTLS | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def policy(self) -> str:
        """What the keys of its connections say of TLS: the name of who demands it, itself, and the
        Secret with the certificate that it is shown."""
        if self.tls is None:
            return ""
        client = self.tls.client
        return f"{self.key.name}/{client.namespace}/{client.name}" if client else self.key.name
