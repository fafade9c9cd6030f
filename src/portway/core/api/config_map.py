"""ConfigMap: text and bytes, for example CA certificates.

Knows the core v1 shape. Must not know what the values mean.
"""

from typing import ClassVar

import msgspec

from portway.core.api.fields import DataKey
from portway.core.api.meta import Resource


class ConfigMap(Resource, frozen=True, kw_only=True):
    """``data`` is text, ``binary_data`` decoded bytes; no key may be in both."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"immutable"})

    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "ConfigMap"

    data: dict[DataKey, str] = msgspec.field(default_factory=dict)
    binary_data: dict[DataKey, bytes] = msgspec.field(default_factory=dict)
