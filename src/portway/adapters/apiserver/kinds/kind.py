"""One kind of the API: its names, versions and how its objects are treated.

Knows what discovery and the store need to be told. Must not know where a kind comes from.
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class Column(msgspec.Struct, frozen=True):
    """A column of a table; ``path`` is a JSON path as CRDs write it, without braces."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0
    description: str = ""
    format: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A served kind. The first version is the preferred one."""

    group: str
    versions: tuple[str, ...]
    kind: str
    plural: str
    singular: str
    namespaced: bool
    schemas: Mapping[str, Mapping[str, Any]]
    """The structural schema by version."""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: Mapping[str, tuple[Column, ...]] = msgspec.field(default_factory=dict)
    has_status: bool = False
    """Whether there is a status subresource, which alone writes status."""
    has_generation: bool = False
    typed: bool = False
    """Whether the core has a type for it, which then validates."""
    strategic: bool = False
    """Whether clients send strategic merge patches (kinds built into Kubernetes)."""
    field_labels: frozenset[str] = frozenset()
    """Field selectors beside metadata.name and metadata.namespace."""
    rules: Any = None
    """For kinds of a CRD: called with (old, new) documents, gives the causes."""

    @property
    def resource(self) -> str:
        """The plural with its group, as messages say it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> str:
        """What the store files its objects under: ``plural.group``."""
        return f"{self.plural}.{self.group}"

    def api_version(self, version: str = "") -> str:
        """``group/version``; without a version, the preferred one."""
        version = version or self.versions[0]
        return f"{self.group}/{version}" if self.group else version

    def schema(self, api_version: str = "") -> Mapping[str, Any]:
        """The schema of a version given as apiVersion; the preferred one if it is not served."""
        return self.schemas.get(api_version.rpartition("/")[2]) or self.schemas[self.versions[0]]

    def list_kind(self) -> str:
        """The kind of a list."""
        return f"{self.kind}List"
