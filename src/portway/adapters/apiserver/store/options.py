"""What a write is asked for beside its document.

Knows the names of the request's options. Must not know HTTP.
"""

import msgspec


class WriteOptions(msgspec.Struct, kw_only=True):
    """The options of one write."""

    api_version: str
    """The version the client writes in, as ``group/version``."""
    manager: str = "unknown"
    subresource: str = ""
    dry_run: bool = False
    validation: str = "Warn"
    """fieldValidation: what unknown fields are answered with (Strict, Warn, Ignore)."""
    force: bool = False
    """An apply takes fields from other managers."""
    warnings: list[str] = msgspec.field(default_factory=list)
    """Filled by the write: for the client, beside the answer."""


class DeleteOptions(msgspec.Struct, kw_only=True):
    """The options of one delete."""

    dry_run: bool = False
    uid: str = ""
    revision: str = ""
    propagation: str = "Background"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list."""

    limit: int = 0
    after: str = ""
    """The ``continue`` token of the page before."""
