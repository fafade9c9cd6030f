"""One request, as far as it matters to who answers it.

Knows what a pick may depend on. Must not know how it was said: headers, metadata and bodies are
read by others.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from portway.core.pick.blocks import BYTES_PER_TOKEN

KEY_BLOCKS: Final = 4
"""How much of a prompt says which other prompts it belongs to: its first kilobyte."""


class Ask(msgspec.Struct, frozen=True):
    """``chain``: of the prompt (see `blocks`); ``size``: of the prompt in bytes. ``subset``: the
    only endpoints that may be picked; None: all. ``tenant``: whom the request is counted to where
    several share a queue; ``priority``: the higher the sooner, below zero it may be dropped."""

    chain: tuple[int, ...] = ()
    size: int = 0
    model: str = ""
    subset: frozenset[str] | None = None
    tenant: str = ""
    priority: int = 0
    session: str = ""
    headers: Mapping[str, str] = {}

    @property
    def tokens(self) -> float:
        """Tokens of the prompt, about."""
        return self.size / BYTES_PER_TOKEN

    @property
    def key(self) -> int | None:
        """What prompts with the same beginning have in common; None without a whole block."""
        return self.chain[min(len(self.chain), KEY_BLOCKS) - 1] if self.chain else None
