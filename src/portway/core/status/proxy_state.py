"""What the proxy has said about a port.

Knows two facts; must not know how the proxy is spoken to.
"""

import msgspec


class ProxyState(msgspec.Struct, frozen=True, gc=False):
    """`acknowledged`: the proxy has taken the port's listener with everything it needs. `error`:
    the proxy's own words when it has refused."""

    acknowledged: bool
    error: str = ""
