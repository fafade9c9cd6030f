"""Virtual tokens: four bytes of text each, and the names of their blocks.

Knows bytes and hashes. Must not know caches. A real tokenizer would cost more time than everything
else here, and routing does not depend on where tokens end. A block's name covers everything before
it, as in vLLM: equal names mean equal beginnings.
"""

import xxhash

_BYTES = 4


def count(text: bytes) -> int:
    """How many tokens a text has, the last perhaps in part."""
    return -(-len(text) // _BYTES)


def chain(text: bytes, block_tokens: int, beginning: str = "") -> tuple[int, ...]:
    """The names of the full blocks of a text, first to last. `beginning` tells apart texts that
    must not share blocks: those of another adapter."""
    size = block_tokens * _BYTES
    name = xxhash.xxh3_64_intdigest(beginning.encode()) if beginning else 0
    names = []
    for start in range(0, len(text) - size + 1, size):
        name = xxhash.xxh3_64_intdigest(text[start : start + size], seed=name)
        names.append(name)
    return tuple(names)


def write(tokens: int) -> str:
    """A text of that many tokens."""
    return "tok " * tokens
