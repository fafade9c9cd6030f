"""Workloads: the same beginnings on the wire as in the model."""

from hypothesis import example, given
from hypothesis import strategies as st

from bench.inference import workload
from bench.inference.workload import Request
from portway.app.sample.engine import tokens

_PARTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 40)), max_size=4).map(tuple)


@given(_PARTS, _PARTS)
@example((("a", 5), ("a", 11)), (("a", 5), ("a", 12)))
def test_a_text_shares_the_blocks_its_chain_does(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...]
) -> None:
    one, other = Request("", left, 1), Request("", right, 1)
    named = _common(one.chain(16), other.chain(16))
    written = _common(*(tokens.chain(each.text().encode(), 16) for each in (one, other)))
    assert len(one.chain(16)) == one.prompt_tokens // 16
    assert tokens.count(one.text().encode()) == one.prompt_tokens
    # Parts of one name and another length begin alike: the text may share more than is named.
    assert named <= written


def test_groups_share_their_prompt_and_nothing_else() -> None:
    load = workload.shared_prefix(3, 4, 160, question_tokens=32)
    chains = [(request.key, request.chain(16)) for request in load.requests]
    for key, chain in chains:
        for other, theirs in chains:
            same = chain == theirs
            assert _common(chain, theirs) == (12 if same else 10 if key == other else 0)


def test_tenants_come_at_the_rate_that_is_asked_for() -> None:
    load = workload.tenants(50, 5, 4, per_second=20)
    arrivals = [request.arrival for request in load.requests]
    assert arrivals == sorted(arrivals)
    assert 0.9 < len(arrivals) / arrivals[-1] / 20 < 1.1


def test_the_same_seed_is_the_same_workload() -> None:
    assert workload.skewed(50, 5, 64) == workload.skewed(50, 5, 64)
    assert workload.skewed(50, 5, 64) != workload.skewed(50, 5, 64, seed=2)
    assert len({request.key for request in workload.unshared(9, 64).requests}) == 9


def _common(left: tuple[object, ...], right: tuple[object, ...]) -> int:
    pairs = zip(left, right, strict=False)
    return next(
        (number for number, (one, other) in enumerate(pairs) if one != other),
        min(len(left), len(right)),
    )
