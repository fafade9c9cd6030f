"""vLLM's names, with the queue's numbers behind them."""

from prometheus_client.parser import text_string_to_metric_families

from portway.app.sample.engine.job import Job
from portway.app.sample.engine.metrics import EngineMetrics
from portway.app.sample.engine.profile import Profile
from portway.app.sample.engine.queue import Queue


def test_what_routers_read_is_there() -> None:
    queue = Queue(Profile(slots=1, adapters=2, cache_blocks=100, block_tokens=16))
    queue.submit(0, Job(1, ("a", "b"), 32, 16, adapter="tuned"))
    queue.submit(0, Job(2, ("a",), 16, 16, adapter="other"))
    samples = _samples(queue)
    mine = {"model_name": "m", "engine": "0"}
    assert samples["vllm:num_requests_running"] == (mine, 1)
    assert samples["vllm:num_requests_waiting"] == (mine, 1)
    assert samples["vllm:kv_cache_usage_perc"] == (mine, 0.03)
    assert samples["vllm:prefix_cache_queries_total"] == (mine, 32)
    assert samples["vllm:prefix_cache_hits_total"] == (mine, 0)
    shape, one = samples["vllm:cache_config_info"]
    assert (shape["block_size"], shape["num_gpu_blocks"], one) == ("16", "100", 1)
    adapters, newest = samples["vllm:lora_requests_info"]
    assert adapters == {
        "max_lora": "2",
        "running_lora_adapters": "tuned",
        "waiting_lora_adapters": "other",
    }
    assert newest > 1_700_000_000


def test_totals_grow_with_what_is_done() -> None:
    queue = Queue(Profile())
    queue.submit(0, Job(1, ("a", "b"), 32, 16))
    queue.submit(0, Job(2, ("a", "b"), 40, 16))
    queue.advance(100)
    samples = _samples(queue)
    values = [
        samples[f"vllm:{name}_total"][1]
        for name in ("prefix_cache_hits", "prompt_tokens", "generation_tokens", "request_success")
    ]
    assert values == [32, 72, 32, 2]


def _samples(queue: Queue) -> dict[str, tuple[dict[str, str], float]]:
    text = EngineMetrics(queue, "m").text().decode()
    return {
        sample.name: (sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
