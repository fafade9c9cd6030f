"""Who calls: what is known of a connection's other end once it is let in.

Knows certificates as Python's ssl module shows them, after it has verified them. Must not know what
a name in one stands for.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """`metadata`: the call's headers. `names`: the URIs in the client's verified certificate; none
    where it has shown none. `until`: when that certificate ends, in seconds since the epoch."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    until: float | None = None


def caller(transport: asyncio.BaseTransport, metadata: Mapping[str, str]) -> Caller:
    """Whoever is at the other end of a connection."""
    certificate: Mapping[str, Any] | None = transport.get_extra_info("peercert")
    if not certificate:
        return Caller(metadata)
    names = tuple(value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI")
    return Caller(metadata, names, ssl.cert_time_to_seconds(certificate["notAfter"]))
