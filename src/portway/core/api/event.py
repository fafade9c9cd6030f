"""Event: the one thing every source of resources emits.

Knows that an object appeared, changed or went. Must not know where it came from.
"""

import msgspec

from portway.core.api.meta import Resource


class Event(msgspec.Struct, frozen=True, kw_only=False, gc=False):
    """The object now at this place; ``None`` means it is deleted."""

    kind: str
    namespace: str
    name: str
    object: Resource | None
