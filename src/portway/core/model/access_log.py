"""What is written down of each request of a Gateway.

Knows names of what may be told, which are Portway's own. Must not know where it is written.
"""

import msgspec


class AccessLog(msgspec.Struct, frozen=True, gc=False):
    """`text`: for people, rather than an object of JSON. `fields`: what is told, in this order; all
    that is known if empty. `headers` of the request come after them. One that is not `enabled` is
    none, whatever anybody else says."""

    enabled: bool = True
    text: bool = False
    fields: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
