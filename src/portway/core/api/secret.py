"""Secret: certificates and other bytes that must not be shown.

Knows the core v1 shape. Must not know what the bytes mean. Its text form names the keys and
never the values, so that no log or traceback can leak them.
"""

from typing import ClassVar

import msgspec

from portway.core.api.fields import DataKey
from portway.core.api.meta import Resource

TLS_SECRET_TYPE = "kubernetes.io/tls"


class Secret(Resource, frozen=True, kw_only=True):
    """``data`` holds the decoded bytes, with ``stringData`` of the document merged over it."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"immutable", "stringData"})

    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Secret"

    type: str = "Opaque"
    data: dict[DataKey, bytes] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        keys = ", ".join(sorted(self.data))
        return f"Secret({self.namespace}/{self.name}, type={self.type}, keys=[{keys}])"
