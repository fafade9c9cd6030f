"""What vLLM's `/metrics` says of a queue, in vLLM's names.

Knows those names and what they count; routers read them. Must not know HTTP. Only what routers are
known to read is here, and nothing is made up for the rest.
"""

from collections.abc import Iterator
from time import time

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from portway.app.sample.engine.queue import Queue


class EngineMetrics:
    """A collector of one engine that serves `model`."""

    def __init__(self, queue: Queue, model: str) -> None:
        self._queue = queue
        self._model = model
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """In the text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        queue, totals = self._queue, self._queue.totals
        yield self._gauge("num_requests_running", "Requests on the engine.", queue.running)
        yield self._gauge("num_requests_waiting", "Requests that wait.", queue.waiting)
        yield self._gauge("kv_cache_usage_perc", "Blocks in use, 1 is all of them.", queue.usage)
        yield self._counter("prefix_cache_queries", "Prompt tokens looked for.", totals.queried)
        yield self._counter("prefix_cache_hits", "Prompt tokens found.", totals.hits)
        yield self._counter("prompt_tokens", "Tokens prefilled.", totals.prompt_tokens)
        yield self._counter("generation_tokens", "Tokens generated.", totals.output_tokens)
        yield self._counter("request_success", "Requests finished.", totals.finished)
        yield self._cache()
        yield self._adapters()

    def _gauge(self, name: str, help_text: str, value: float) -> Metric:
        family = GaugeMetricFamily(f"vllm:{name}", help_text, labels=["model_name", "engine"])
        family.add_metric([self._model, "0"], value)
        return family

    def _counter(self, name: str, help_text: str, value: float) -> Metric:
        family = CounterMetricFamily(f"vllm:{name}", help_text, labels=["model_name", "engine"])
        family.add_metric([self._model, "0"], value)
        return family

    def _cache(self) -> Metric:
        profile = self._queue.profile
        labels = {
            "block_size": str(profile.block_tokens),
            "num_gpu_blocks": str(profile.cache_blocks),
            "enable_prefix_caching": "True",
            "engine": "0",
        }
        return _info("vllm:cache_config_info", "The cache's shape.", labels, 1)

    def _adapters(self) -> Metric:
        labels = {
            "max_lora": str(self._queue.profile.adapters),
            "running_lora_adapters": ",".join(self._queue.running_adapters),
            "waiting_lora_adapters": ",".join(self._queue.waiting_adapters),
        }
        # The value is the time: of several series a reader takes the newest.
        return _info("vllm:lora_requests_info", "LoRA adapters in use.", labels, time())


def _info(name: str, help_text: str, labels: dict[str, str], value: float) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family
