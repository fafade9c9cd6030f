"""Namespace: read for its labels, which allowedRoutes and allowedListeners select by.

Knows the core v1 shape. Must not know who selects.
"""

from typing import ClassVar

from portway.core.api.meta import Resource


class Namespace(Resource, frozen=True, kw_only=True):
    """A core v1 Namespace."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"spec", "status"})

    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Namespace"
