"""Rendezvous hashing: everybody who asks about one key gets one answer, without talking to others.

Knows keys and names. Must not know what they are. When an endpoint comes or goes only the keys that
it wins or had won move.
"""

from collections.abc import Iterable

import xxhash


def weight(key: int, name: str) -> int:
    """How strongly a name claims a key."""
    return int(xxhash.xxh3_64_intdigest(name.encode(), key & 0xFFFF_FFFF_FFFF_FFFF))


def order(key: int, names: Iterable[str]) -> list[str]:
    """The names, the owner of the key first."""
    return sorted(names, key=lambda each: (-weight(key, each), each))
