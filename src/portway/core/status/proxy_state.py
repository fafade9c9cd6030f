"""What the proxy has said about a port.

Knows a few facts; must not know how the proxy is spoken to.
"""

import msgspec

from portway.core.model import ListenerKey


class ProxyState(msgspec.Struct, frozen=True, gc=False):
    """`acknowledged`: the proxy has taken the port's listener. `waiting` are those of the port's
    listeners that it has not taken as they are now, with everything they need: what becomes of one
    says nothing about the others. `error`: the proxy's own words when it has refused."""

    acknowledged: bool
    error: str = ""
    waiting: frozenset[ListenerKey] = frozenset()

    def has(self, listener: ListenerKey) -> bool:
        """Whether the proxy serves a listener of the port as it is now."""
        return self.acknowledged and listener not in self.waiting
