"""What others publish about routing, in order if not in size, comes out of the model.

Ratios are to random. The bounds are far from what comes out (in brackets), so that a change of the
profile does not break them, and close enough that a model without a queue or a cache would.
"""

from functools import cache

from bench.inference import workload
from bench.inference.figures import Figures
from bench.inference.model import simulate
from bench.inference.picked import portway_picker
from bench.inference.policies import POLICIES
from bench.inference.workload import Workload

_LOADS: dict[str, Workload] = {
    "long": workload.shared_prefix(256, 32, 4096),
    "short": workload.shared_prefix(256, 16, 256),
    "none": workload.unshared(2_000, 2_048),
    "skewed": workload.skewed(3_000, 64, 4096),
    "tenants": workload.tenants(150, 5, 4, per_second=35),
}


@cache
def _run(load: str, policy: str) -> Figures:
    return simulate(_LOADS[load], POLICIES.get(policy, portway_picker))


def _ratio(load: str, policy: str) -> float:
    return _run(load, policy).throughput / _run(load, "random").throughput


def test_shared_prompts_gain_several_times_and_least_request_nothing() -> None:
    assert 0.9 < _ratio("long", "round robin") < 1.1
    assert 0.9 < _ratio("long", "least request") < 1.1
    assert _ratio("long", "bounded-load hashing") > 2.5
    assert _ratio("long", "prefix and load") >= _ratio("long", "bounded-load hashing")


def test_the_gain_is_that_of_the_cache() -> None:
    assert _run("long", "random").hit_rate < 0.3
    assert _run("long", "bounded-load hashing").hit_rate > 0.75
    assert _run("long", "prefix and load").first_p90 < 0.1 * _run("long", "random").first_p90


def test_short_prompts_gain_nothing_and_lose_nothing() -> None:
    for policy in POLICIES:
        assert 0.95 < _ratio("short", policy) < 1.1, policy
    least = _run("short", "least request").throughput
    assert _run("short", "prefix and load").throughput > 0.98 * least


def test_where_nothing_is_shared_there_is_only_balance() -> None:
    for policy in POLICIES:
        assert 0.95 < _ratio("none", policy) < 1.15, policy
    assert _run("none", "prefix and load").throughput >= _run("none", "least request").throughput


def test_prefixes_without_overflow_collapse() -> None:
    assert _ratio("skewed", "prefix only") < 0.5
    assert _run("skewed", "prefix only").spread == 8
    assert _ratio("skewed", "prefix and load") > 1.1


def test_tenants_wait_a_tenth() -> None:
    slow, hashed, warm = (
        _run("tenants", name).first_p90
        for name in ("random", "bounded-load hashing", "prefix and load")
    )
    assert warm < hashed < 0.15 * slow
    assert _ratio("tenants", "prefix and load") > 2


def test_the_picker_of_portway_keeps_up_with_the_best_everywhere() -> None:
    for load in _LOADS:
        ours = _run(load, "portway picker")
        best = max((_run(load, name) for name in POLICIES), key=lambda each: each.throughput)
        assert ours.throughput > 0.97 * best.throughput, load
    assert _ratio("long", "portway picker") > 2.5
    least = _run("short", "least request").throughput
    assert _run("short", "portway picker").throughput > 0.98 * least
    assert _run("tenants", "portway picker").first_p90 < 0.1 * _run("tenants", "random").first_p90


def test_the_same_seed_gives_the_same_figures() -> None:
    again = simulate(_LOADS["tenants"], POLICIES["random"])
    assert again == _run("tenants", "random")
    assert simulate(_LOADS["tenants"], POLICIES["random"], seed=2) != again
