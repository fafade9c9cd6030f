"""Ways to choose an engine, as functions of what a router can know.

Knows a request and the router's own counts. Must not know the engines: no policy sees their queues
or caches, only what it has sent there and what has come back. `POLICIES` has them all by name.
"""

import random
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from bench.inference.workload import Request

_BALANCE = 1.25
_PREFIX_BALANCE = 1.5
_SLACK = 2
_WORTH = 2.0
_RING_POINTS = 100


@dataclass(slots=True)
class Board:
    """What a router counts for each engine: requests under way, and prompt tokens that it thinks
    wait for their prefill there. `now` is the time of the pick."""

    requests: list[int]
    tokens: list[int]
    rng: random.Random
    cache_blocks: int
    block_tokens: int
    now: float = 0.0

    @property
    def engines(self) -> range:
        """Their numbers."""
        return range(len(self.requests))


@dataclass(frozen=True, slots=True)
class Pick:
    """The engine, and how many tokens of the prompt it will have to prefill, as far as known.
    `done` is told when the answer has ended."""

    engine: int
    tokens: int
    done: Callable[[float], None] = lambda _: None


Chain = Sequence[Hashable]
Policy = Callable[[Request, Chain], Pick]


def random_choice(board: Board) -> Policy:
    """Any engine."""
    return lambda request, _: Pick(board.rng.choice(board.engines), request.prompt_tokens)


def round_robin(board: Board) -> Policy:
    """One after the other."""
    turn = -1

    def pick(request: Request, _: Chain) -> Pick:
        nonlocal turn
        turn += 1
        return Pick(turn % len(board.engines), request.prompt_tokens)

    return pick


def least_request(board: Board) -> Policy:
    """The one with fewer requests of two random ones, as Envoy does by default."""

    def pick(request: Request, _: Chain) -> Pick:
        two = board.rng.choices(board.engines, k=2)
        return Pick(min(two, key=board.requests.__getitem__), request.prompt_tokens)

    return pick


def bounded_hash(board: Board) -> Policy:
    """Consistent hashing on the key, with an overflow to the next engine of the ring where one has
    more than 1.25 times its share."""
    ring = sorted(
        (board.rng.random(), engine) for engine in board.engines for _ in range(_RING_POINTS)
    )

    def pick(request: Request, _: Chain) -> Pick:
        place = bisect_left(ring, (random.Random(request.key).random(), 0))
        most = _BALANCE * (sum(board.requests) + 1) / len(board.engines)
        for step in range(len(ring)):
            engine = ring[(place + step) % len(ring)][1]
            if board.requests[engine] + 1 <= most:
                return Pick(engine, request.prompt_tokens)
        return Pick(ring[place % len(ring)][1], request.prompt_tokens)

    return pick


def prefix_only(board: Board) -> Policy:
    """The engine that has seen most of the prompt, however busy it is."""
    index = Index(board)

    def pick(request: Request, chain: Chain) -> Pick:
        depths = index.depths(chain)
        best = max(depths)
        engine = board.rng.choice([each for each in board.engines if depths[each] == best])
        return index.sent(request, chain, engine, depths)

    return pick


def prefix(board: Board, worth: float = _WORTH, balance: float = _PREFIX_BALANCE) -> Policy:
    """Of the engines that are not far above their share of requests the one that has seen most of
    the prompt, unless more tokens wait there, beyond those that wait where least do, than twice
    what the prompt's known part would cost anew; then the one with least to do.

    Why twice: who moves pays for the prompt once, and its next requests pay again or move back. At
    the plain cost (1.0) prompts wander under load and the hit rate falls by eight points.
    """
    index = Index(board)

    def pick(request: Request, chain: Chain) -> Pick:
        depths = index.depths(chain)
        most = balance * (sum(board.requests) + 1) / len(board.engines) + _SLACK
        free = [each for each in board.engines if board.requests[each] + 1 <= most]
        idle = min(free, key=lambda each: (board.tokens[each], board.requests[each]))
        warm = max(free, key=lambda each: (depths[each], -board.tokens[each]))
        saved = (depths[warm] - depths[idle]) * board.block_tokens
        stay = board.tokens[warm] - board.tokens[idle] <= worth * saved and depths[warm] > 0
        return index.sent(request, chain, warm if stay else idle, depths)

    return pick


class Index:
    """Which blocks each engine has been sent, forgetting as its cache would."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._seen: list[OrderedDict[Hashable, None]] = [OrderedDict() for _ in board.engines]

    def depths(self, chain: Chain) -> list[int]:
        """Blocks from the beginning that each engine has seen."""
        return [_depth(seen, chain) for seen in self._seen]

    def sent(self, request: Request, chain: Chain, engine: int, depths: Sequence[int]) -> Pick:
        """Notes where a request goes."""
        seen = self._seen[engine]
        for block in reversed(chain):
            seen[block] = None
            seen.move_to_end(block)
        while len(seen) > self._board.cache_blocks:
            seen.popitem(last=False)
        cached = depths[engine] * self._board.block_tokens
        return Pick(engine, max(1, request.prompt_tokens - cached))


def _depth(seen: Mapping[Hashable, None], chain: Chain) -> int:
    for number, block in enumerate(chain):
        if block not in seen:
            return number
    return len(chain)


POLICIES: Mapping[str, Callable[[Board], Policy]] = {
    "random": random_choice,
    "round robin": round_robin,
    "least request": least_request,
    "bounded-load hashing": bounded_hash,
    "prefix only": prefix_only,
    "prefix and load": prefix,
}
