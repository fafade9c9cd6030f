"""What an engine has done since it started.

Knows counts. Must not know how they are shown.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Totals:
    """All of them only grow."""

    queried: int = 0
    """Prompt tokens that were looked for in the cache."""
    hits: int = 0
    """Those of them that were there."""
    prompt_tokens: int = 0
    output_tokens: int = 0
    finished: int = 0
    cancelled: int = 0
