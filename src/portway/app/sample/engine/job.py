"""What an engine is asked for, and what it says about it.

Knows the values that pass in and out of the queue. Must not know how they come about. Times are
seconds of the engine's own clock.
"""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One request. `number` tells it apart from every other of the same engine."""

    number: int
    chain: tuple[Hashable, ...]
    """Its prompt's full blocks; see `tokens.chain`."""
    prompt_tokens: int
    output_tokens: int
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """The first token is there. The last one will be at `finish`."""

    number: int
    time: float
    finish: float
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last token is there."""

    number: int
    time: float


Event = Started | Finished
