"""What is counted, as Prometheus sees it."""

from prometheus_client.parser import text_string_to_metric_families

from portway.app.picker.asking import Asked
from portway.app.picker.numbers import MOST_MODELS, Numbers, PoolNumbers, View
from portway.core.pick import Ask, Candidate, Decision, Refusal, Signals, Target
from portway.core.pick.decision import Rated

WHAT = Asked(Ask(size=4_000, model="served"), "wanted")


def samples(numbers: Numbers) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(numbers.exposition().decode()):
        for each in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(each.labels.items()))
            found[f"{each.name}{{{labels}}}"] = each.value
    return found


def test_a_request_from_pick_to_end() -> None:
    numbers = Numbers()
    numbers.watch(lambda: ())
    pool = PoolNumbers(numbers, "default/llama")
    rated = (Rated("10.0.0.1:80", 1.0, {}, uncached=400.0),)
    pool.picked(WHAT, Decision(("10.0.0.1:80",), rated, ""), 0.001)
    pool.began(WHAT)
    found = samples(numbers)
    names = "model_name=wanted,target_model_name=served"
    assert found["portway_picker_picks_total{outcome=picked,pool=default/llama}"] == 1
    assert found["portway_picker_prompt_tokens_total{cached=yes,pool=default/llama}"] == 600
    assert found["portway_picker_prompt_tokens_total{cached=no,pool=default/llama}"] == 400
    assert found["inference_objective_running_requests{model_name=wanted}"] == 1
    pool.ended(WHAT, 500, 1.0)
    pool.passed_over("10.0.0.1:80")
    pool.silent()
    found = samples(numbers)
    assert found[f"inference_objective_request_total{{{names}}}"] == 1
    assert found[f"inference_objective_request_error_total{{error_code=500,{names}}}"] == 1
    assert found[f"inference_objective_request_duration_seconds_count{{{names}}}"] == 1
    assert found["inference_objective_running_requests{model_name=wanted}"] == 0
    assert found["portway_picker_passed_over_total{pool=default/llama}"] == 1
    assert found["portway_picker_scrape_failures_total{pool=default/llama}"] == 1


def test_a_refusal() -> None:
    numbers = Numbers()
    PoolNumbers(numbers, "p").refused(WHAT, Refusal(429, "rejected-saturated", ""), 0.1)
    found = samples(numbers)
    assert found["portway_picker_picks_total{outcome=rejected-saturated,pool=p}"] == 1
    names = "error_code=429,model_name=wanted,target_model_name=served"
    assert found[f"inference_objective_request_error_total{{{names}}}"] == 1


def test_pools_as_they_are_now() -> None:
    busy = Candidate(Target("a:1"), own=3, signals=Signals(waiting=4, usage=0.5))
    views = [
        View(("ns", "llama"), [busy, Candidate(Target("b:1"))], 9, 0.25, {-1: 2}, 70),
        View(("ns", "empty"), [], 0, 1.0, {}, 0),
    ]
    numbers = Numbers()
    numbers.watch(lambda: views)
    found = samples(numbers)
    pool = "name=llama,namespace=ns"
    assert found[f"inference_pool_ready_pods{{{pool}}}"] == 2
    assert found["inference_pool_ready_pods{name=empty,namespace=ns}"] == 0
    assert found[f"inference_pool_average_queue_size{{{pool}}}"] == 2
    assert found[f"inference_pool_average_kv_cache_utilization{{{pool}}}"] == 0.25
    assert found[f"inference_pool_per_pod_queue_size{{model_server_pod=a:1,{pool}}}"] == 4
    assert found[f"inference_extension_flow_control_queue_bytes{{{pool}}}"] == 70
    waiting = "inference_pool=llama,namespace=ns,priority=-1"
    assert found[f"inference_extension_flow_control_queue_size{{{waiting}}}"] == 2


def test_what_clients_write_does_not_grow_without_bound() -> None:
    numbers = Numbers()
    pool = PoolNumbers(numbers, "p")
    for each in range(MOST_MODELS + 50):
        pool.began(Asked(Ask(model=f"m{each}"), f"m{each}"))
        pool.ended(Asked(Ask(model=f"m{each}"), f"m{each}"), 200, 0.1)
    labels = {name for name in samples(numbers) if name.startswith("inference_objective_request_t")}
    assert len(labels) <= MOST_MODELS + 1
    assert any("other" in each for each in labels)
