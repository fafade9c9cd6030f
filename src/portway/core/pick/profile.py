"""A profile: filters, then scorers by weight, then a picker.

Knows the order of the work. Must not know any plug-in but those of the default.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portway.core.pick.ask import Ask
from portway.core.pick.candidate import Candidate
from portway.core.pick.decision import Decision, Rated, Refusal
from portway.core.pick.filters import Filter
from portway.core.pick.pickers import Picker, max_score
from portway.core.pick.scorers import LeastWork, Scorer


@dataclass(frozen=True, slots=True)
class Weighted:
    """A scorer, its name and how much it counts."""

    name: str
    score: Scorer
    weight: float = 1.0


def _default() -> tuple[Weighted, ...]:
    return (Weighted("least-work-scorer", LeastWork()),)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a pool's requests are decided. ``most``: endpoints named in an answer."""

    name: str = "default"
    filters: tuple[tuple[str, Filter], ...] = ()
    scorers: tuple[Weighted, ...] = field(default_factory=_default)
    picker: Picker = max_score
    most: int = 3

    def decide(self, ask: Ask, candidates: Sequence[Candidate], chance: int) -> Decision | Refusal:
        """Who gets the request; at least one candidate is given. ``chance``: as good as random."""
        left_out: list[tuple[str, str]] = []
        for name, keep in self.filters:
            left = keep(ask, candidates)
            if not left:
                words = f"the filter {name} leaves no endpoint"
                return Refusal(503, "rejected-no-endpoint", words)
            if len(left) < len(candidates):
                kept = {each.address for each in left}
                left_out += [(e.address, name) for e in candidates if e.address not in kept]
            candidates = left
        columns = [(each, each.score(ask, candidates)) for each in self.scorers]
        totals = [0.0] * len(candidates)
        for scorer, scores in columns:
            weight = scorer.weight
            totals = [total + weight * mine for total, mine in zip(totals, scores, strict=True)]
        order = self.picker(ask, list(zip(candidates, totals, strict=True)), chance)
        rated = tuple(
            [
                _rated(each, totals[row], {one.name: scores[row] for one, scores in columns})
                for row, each in enumerate(candidates)
            ]
        )
        names = tuple(each.address for each, _ in order[: self.most])
        return Decision(names, rated, _reason(ask, order[0][0]), tuple(left_out))


def _rated(each: Candidate, total: float, scores: dict[str, float]) -> Rated:
    return Rated(
        each.address, total, scores, each.cached, each.uncached, each.waiting, each.requests
    )


def _reason(ask: Ask, chosen: Candidate) -> str:
    """What the choice was about, in a few words."""
    if not ask.chain:
        return f"{chosen.address}: no prompt to look at"
    if chosen.cached:
        return f"{chosen.address}: has {chosen.cached} of {len(ask.chain)} blocks of the prompt"
    return f"{chosen.address}: has nothing of the prompt"
