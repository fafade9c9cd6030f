"""A prompt as a chain of hashes, one for each block: two prompts share as many blocks as they have
equal hashes from the start.

Knows xxhash. Must not know what is remembered of the hashes. Each block is hashed with the hash of
the one before it as seed, so a hash stands for everything up to its block. Engines cache whole
blocks only, so a last piece that does not fill one is left out.
"""

from typing import Final

import xxhash

BYTES_PER_TOKEN: Final = 4
"""What a token is in bytes of English text, more or less; only ratios of it matter."""
BLOCK_BYTES: Final = 256
MOST_BLOCKS: Final = 2048
"""With blocks of 256 bytes half a megabyte of prompt, some 131,000 tokens."""


def chain(text: bytes, model: str, salt: str = "", *, size: int = BLOCK_BYTES) -> list[int]:
    """The hashes of the first blocks of ``size`` bytes, MOST_BLOCKS at most. Another model or salt
    is another chain from the start: engines share nothing between them."""
    digest = xxhash.xxh3_64_intdigest
    seed = digest(salt.encode("utf-8", "replace"), digest(model.encode("utf-8", "replace")))
    whole = min(len(text) // size, MOST_BLOCKS)
    view = memoryview(text)
    hashes: list[int] = []
    for at in range(0, whole * size, size):
        seed = digest(view[at : at + size], seed)
        hashes.append(seed)
    return hashes
