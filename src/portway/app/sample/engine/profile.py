"""How fast and how large one simulated engine is.

Knows numbers and their units. Must not know what is done with them. The speeds are of the order of
an 8-billion-parameter model on one large GPU; the memory is small for one, so that caches fill in
minutes and not in hours.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One engine. Raises ValueError for numbers no engine can have."""

    prefill_tokens_per_second: float = 8_000.0
    """Of prompt tokens that are not in the cache; one request at a time."""
    prefill_seconds: float = 0.02
    """What every prefill takes besides its tokens."""
    token_seconds: float = 0.012
    """Between two tokens of one answer, on an engine that does nothing else."""
    load_factor: float = 1.0
    """How much longer that is when every slot is taken: 1.0 means twice as long."""
    slots: int = 128
    """Requests that are prefilled or decoded at the same time (vLLM: max_num_seqs)."""
    block_tokens: int = 16
    cache_blocks: int = 20_000
    """Blocks for prompts and answers, in use or remembered (vLLM: num_gpu_blocks)."""
    adapters: int = 4
    """LoRA adapters that can be in use at the same time (vLLM: max_loras)."""
    longest: int = 32_768
    """Tokens of a prompt and its answer together (vLLM: max_model_len)."""

    def __post_init__(self) -> None:
        counts = (self.slots, self.block_tokens, self.cache_blocks, self.adapters, self.longest)
        if min(counts) < 1 or self.prefill_tokens_per_second <= 0:
            raise ValueError("slots, blocks, adapters, lengths and speeds start above zero")
        if min(self.prefill_seconds, self.token_seconds, self.load_factor) < 0:
            raise ValueError("times cannot be negative")

    def prefill(self, tokens: int) -> float:
        """Seconds to prefill `tokens` that are not in the cache."""
        return self.prefill_seconds + tokens / self.prefill_tokens_per_second

    def decode(self, tokens: int, running: int) -> float:
        """Seconds from the first of `tokens` to the last, with `running` requests on the engine."""
        slower = 1 + self.load_factor * min(running, self.slots) / self.slots
        return max(0, tokens - 1) * self.token_seconds * slower

    def blocks(self, tokens: int) -> int:
        """Blocks that hold `tokens`, the last perhaps in part."""
        return -(-tokens // self.block_tokens)
