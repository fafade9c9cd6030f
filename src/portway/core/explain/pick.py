"""Which endpoint of a pool a request gets, where that can be said without sending it.

Knows when Envoy goes by the prompt and whom it names then (`filters.prompt_key`, `render.ring`),
and where the word of a picker, which somebody else has to ask, belongs in an explanation. Must not
know how a picker decides, nor how busy endpoints are.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from portway.core import model
from portway.core.explain.place import place_text
from portway.core.explain.request import Request
from portway.core.explain.trace import Destination, Explanation
from portway.core.filters import prompt, prompt_key
from portway.core.pick import Told
from portway.core.render import pooled, ring
from portway.core.render.action import arms, hashed, looks


def inside(
    request: Request, rule: model.Rule, share: model.Share, known: model.Endpoints | None
) -> Told | None:
    """What Envoy does by itself for a share. None: the share is no pool of that kind, or a session
    or an empty pool leave nothing to say."""
    sessions = rule.session or share.session
    if known is None or not share.weight or not hashed(share) or sessions:
        return None
    if reason := _unseen(request, rule, share):
        return Told(f"any endpoint that has no more than its share to do: {reason}")
    owner = ring.owner(prompt_key.key(request.body or b"") or b"", known.endpoints)
    if owner is None:
        return None
    over = pooled.MOST - 100
    reason = (
        "prompts that begin like this one belong to it; while it has over "
        f"{over} % more requests under way than its share, the next one that has not, the same "
        "for all of them"
    )
    return Told(reason, (place_text(owner),))


def _unseen(request: Request, rule: model.Rule, share: model.Share) -> str:
    """Why the prompt does not count; empty where it does."""
    arm = next((each for each in arms(rule) if share in each.shares), None)
    if arm is None or not looks(arm.shares):
        return "the rule also sends to a pool with a picker, so bodies are not held"
    length = request.length
    if request.header("transfer-encoding"):
        return "the request does not say how long its body is (content-length)"
    if request.body is None:
        return "which one depends on the body, which was not given"
    if not length:
        return "there is no body"
    if length > prompt.LOOKED_AT:
        return f"the body has {length} bytes, and is looked at up to {prompt.LOOKED_AT}"
    if prompt_key.key(request.body) is None:
        return "there is no prompt in the body"
    return ""


# -- what pickers say ------------------------------------------------------------------------


def asked_of(explanation: Explanation) -> Iterator[tuple[str, int]]:
    """The pools (`Kind namespace/name`) whose picker would be asked, each with how much of the body
    it would see, 0 for all."""
    found = {
        each.backend: each.shown
        for trace in explanation.traces
        for each in trace.destinations
        if each.picker and not each.status and each.weight
    }
    yield from found.items()


def with_picks(explanation: Explanation, picks: Mapping[str, Told]) -> Explanation:
    """The explanation with what pickers said, by pool as `asked_of` names them."""

    def told(each: Destination) -> Destination:
        pick = picks.get(each.backend) if each.picker else None
        return each if pick is None else replace(each, pick=pick)

    traces = tuple(
        replace(trace, destinations=tuple(map(told, trace.destinations)))
        for trace in explanation.traces
    )
    return replace(explanation, traces=traces)
