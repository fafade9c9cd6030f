"""Rounds: every arm once, in an order that rotates, and only those rounds that were undisturbed.

Knows order and which rounds to keep. Must not know what a shot is. What the machine does to one
arm of a round it does to the others too, so numbers are compared within a round.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bench.machine import FOREIGN_LIMIT

T = TypeVar("T")

Shoot = Callable[[str], Awaitable[tuple[T, float]]]
"""Takes an arm's name; gives what was measured and the share of CPU that went elsewhere."""


@dataclass(frozen=True, slots=True)
class Rounds(Generic[T]):
    """`kept` by arm, round by round. Not `quiet`: too few rounds were undisturbed, and disturbed
    ones stand in. `set_aside` rounds were thrown away or stand in."""

    kept: Sequence[dict[str, T]]
    quiet: bool
    set_aside: int

    def of(self, name: str) -> list[T]:
        """One arm's shots."""
        return [each[name] for each in self.kept]


async def interleave(
    names: Sequence[str],
    shoot: Shoot[T],
    rounds: int,
    tries: float,
    say: Callable[[str], None] = lambda _: None,
) -> Rounds[T]:
    """`rounds` undisturbed rounds, or the best of `tries` times as many.

    A machine that was busy in every one of the first `rounds` is taken as it is.
    """
    kept: list[dict[str, T]] = []
    spare: list[dict[str, T]] = []
    for number in range(max(rounds, round(rounds * tries))):
        turn = number % len(names)
        found: dict[str, T] = {}
        most = 0.0
        for name in (*names[turn:], *names[:turn]):
            found[name], foreign = await shoot(name)
            most = max(most, foreign)
        clean = most <= FOREIGN_LIMIT
        (kept if clean else spare).append(found)
        said = "kept" if clean else f"set aside, {most:.0%} of the CPU went elsewhere"
        say(f"round {number + 1}: {said}")
        if len(kept) == rounds or (not kept and len(spare) == rounds):
            break
    quiet = len(kept) >= rounds
    return Rounds(kept if quiet else [*kept, *spare][:rounds], quiet, len(spare))
