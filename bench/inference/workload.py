"""What is asked: requests that begin alike, as those of one application or one tenant do.

Knows shapes of workloads and a seed. Must not know who answers. A prompt is a list of named parts:
equal names mean equal text, so one request can be a chain of blocks for the model and a text on the
wire, and both have the same beginnings in common.
"""

import random
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `key` names the beginning it shares with others, as a client might in a header.
    `arrival` is in simulated seconds; of a closed loop it is 0 and means nothing."""

    key: str
    parts: tuple[tuple[str, int], ...]
    """Names and lengths in tokens."""
    output_tokens: int
    arrival: float = 0.0

    @property
    def prompt_tokens(self) -> int:
        """The length of its prompt."""
        return sum(tokens for _, tokens in self.parts)

    def chain(self, block_tokens: int) -> tuple[Hashable, ...]:
        """Names of its full blocks: what the text before the end of each is made of."""
        names: list[Hashable] = []
        before: int = 0
        start = 0
        for name, tokens in self.parts:
            before = hash((before, name))
            first = start - start % block_tokens + block_tokens
            end = start + tokens
            names += [hash((before, at - start)) for at in range(first, end + 1, block_tokens)]
            start = end
        return tuple(names)

    def text(self) -> str:
        """Its prompt."""
        return "".join(_text(name, tokens) for name, tokens in self.parts)


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests in order. `concurrency` are under way at once; 0: each comes at its `arrival`."""

    name: str
    requests: tuple[Request, ...]
    concurrency: int = 0


def shared_prefix(
    groups: int,
    each: int,
    system_tokens: int,
    *,
    question_tokens: int = 128,
    output_tokens: int = 256,
    concurrency: int = 300,
    seed: int = 1,
) -> Workload:
    """`groups` system prompts with `each` questions to every one, in random order: the shape of
    sglang's generated-shared-prefix data set."""
    requests = [
        Request(
            f"group-{group}",
            ((f"system-{group}", system_tokens), (f"question-{group}-{number}", question_tokens)),
            output_tokens,
        )
        for group in range(groups)
        for number in range(each)
    ]
    random.Random(seed).shuffle(requests)
    return Workload(f"{system_tokens}-token prompts shared", tuple(requests), concurrency)


def unshared(
    requests: int, prompt_tokens: int, *, output_tokens: int = 256, concurrency: int = 300
) -> Workload:
    """Requests that have nothing in common."""
    made = (
        Request(f"alone-{number}", ((f"alone-{number}", prompt_tokens),), output_tokens)
        for number in range(requests)
    )
    return Workload(f"{prompt_tokens}-token prompts, none shared", tuple(made), concurrency)


def skewed(
    requests: int, groups: int, system_tokens: int, *, concurrency: int = 300, seed: int = 1
) -> Workload:
    """All begin with the same words, and a few groups are far more popular than the rest."""
    rng = random.Random(seed)
    popular = [1 / (rank + 1) for rank in range(groups)]
    made = (
        Request(
            f"group-{group}",
            (("all", 256), (f"system-{group}", system_tokens), (f"question-{number}", 128)),
            256,
        )
        for number, group in enumerate(rng.choices(range(groups), popular, k=requests))
    )
    return Workload("skewed popularity", tuple(made), concurrency)


def tenants(
    count: int,
    users: int,
    turns: int,
    per_second: float,
    *,
    context_tokens: int = 6_000,
    question_tokens: int = 600,
    output_tokens: int = 250,
    seed: int = 1,
) -> Workload:
    """`count` tenants with a context each, `users` of every one with `turns` questions, at random
    times (an open loop: nobody waits for an answer before the next question comes)."""
    rng = random.Random(seed)
    made = [
        Request(
            f"tenant-{tenant}",
            (
                (f"tenant-{tenant}", context_tokens),
                (f"tenant-{tenant}-user-{user}-{turn}", question_tokens),
            ),
            output_tokens,
        )
        for tenant in range(count)
        for user in range(users)
        for turn in range(turns)
    ]
    rng.shuffle(made)
    return Workload(f"{count} tenants", tuple(_arriving(made, per_second, rng)))


def _arriving(
    requests: Iterable[Request], per_second: float, rng: random.Random
) -> Iterable[Request]:
    time = 0.0
    for request in requests:
        time += rng.expovariate(per_second)
        yield replace(request, arrival=time)


@lru_cache(maxsize=2_048)
def _text(name: str, tokens: int) -> str:
    """A text of that many tokens, the same for the same name; a longer one begins as a shorter."""
    size = tokens * _BYTES_PER_TOKEN
    # Whole words: of less than a word other bits would be taken.
    return random.Random(name).randbytes(-(-size // 8) * 4).hex()[:size]
