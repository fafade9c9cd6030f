"""What `portway picker` decides, as a policy of the model.

Knows how to ask the picker's core. Must not know how it decides. Engines tell it the size of their
caches and nothing else: what they would say of their queues is a second old in reality, and it has
to be right without.
"""

from collections.abc import Sequence

from bench.inference.policies import Board, Chain, Pick, Policy
from bench.inference.workload import Request
from portway.core.pick.ask import Ask
from portway.core.pick.blocks import BYTES_PER_TOKEN
from portway.core.pick.candidate import Target
from portway.core.pick.decision import Refusal
from portway.core.pick.pool import Pool
from portway.core.pick.signals import Signals

_HASH_BITS = (1 << 64) - 1


def portway_picker(board: Board) -> Policy:
    """The default profile of `portway picker`. A block of the model is one of the picker's."""
    addresses = [f"10.0.0.{number}:8000" for number in board.engines]
    pool = Pool()
    pool.update(Target(each) for each in addresses)
    for each in addresses:
        pool.heard(each, Signals(block=board.block_tokens, blocks=board.cache_blocks), 0.0)

    def pick(request: Request, chain: Chain) -> Pick:
        ask = Ask(chain=_hashes(chain), size=request.prompt_tokens * BYTES_PER_TOKEN)
        found = pool.pick(ask, board.now)
        assert not isinstance(found, Refusal), found
        decision, ticket = found
        engine = addresses.index(decision.first)
        return Pick(engine, request.prompt_tokens, lambda now: pool.end(ticket, now))

    return pick


def _hashes(chain: Sequence[object]) -> tuple[int, ...]:
    """Names of blocks as the picker has them."""
    return tuple(hash(block) & _HASH_BITS for block in chain)
