"""What a picker counts, in its own names and in those that dashboards of the Inference Extension
know.

Knows names, units and labels. Must not know how anything is decided. Names of models are what
clients write, so only the first of them become labels.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector

from portway.app.picker.asking import Asked
from portway.core.pick import Candidate, Decision, Refusal

MOST_MODELS: Final = 64
OTHER: Final = "other"
_POOL: Final = ("namespace", "name")
_PICK: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 30)
_WHOLE: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


class _Family:
    """The series of one name. Finding one by its labels costs the library as much as a tenth of a
    pick, several times for each request, so those found are kept."""

    def __init__(self, metric: Counter | Histogram) -> None:
        self.labels: Callable[..., Any] = lru_cache(maxsize=4096)(metric.labels)


class Numbers:
    """All of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._models: set[str] = set()
        own, model = ("pool",), ("model_name", "target_model_name")
        self.picks = self._counter("portway_picker_picks", "Picks by outcome", *own, "outcome")
        self.seconds = self._histogram(
            "portway_picker_pick_seconds",
            "Time from a whole request to a pick, waiting included",
            own,
            _PICK,
        )
        self.tokens = self._counter(
            "portway_picker_prompt_tokens", "Estimated tokens of prompts", *own, "cached"
        )
        self.passed = self._counter(
            "portway_picker_passed_over", "Requests that another endpoint served than picked", *own
        )
        self.silent = self._counter(
            "portway_picker_scrape_failures", "Engines that told no numbers when asked", *own
        )
        self.requests = self._counter("inference_objective_request", "Requests", *model)
        self.errors = self._counter(
            "inference_objective_request_error", "Requests that failed", *model, "error_code"
        )
        self.duration = self._histogram(
            "inference_objective_request_duration_seconds",
            "Time from pick to the end of the answer",
            model,
            _WHOLE,
        )
        self.running: dict[str, int] = {}

    def model(self, name: str) -> str:
        """The label of a model."""
        if name in self._models:
            return name
        if len(self._models) >= MOST_MODELS:
            return OTHER
        self._models.add(name)
        return name

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def watch(self, pools: Callable[[], Iterable["View"]]) -> None:
        """Pools are looked at whenever somebody looks here."""
        self.registry.register(_Pools(pools, self.running))

    def _counter(self, name: str, text: str, *labels: str) -> _Family:
        return _Family(Counter(name, text, labels, registry=self.registry))

    def _histogram(
        self, name: str, text: str, labels: tuple[str, ...], bounds: tuple[float, ...]
    ) -> _Family:
        made = Histogram(name, text, labels, buckets=bounds, registry=self.registry)
        return _Family(made)


class PoolNumbers:
    """Those of one pool."""

    def __init__(self, numbers: Numbers, pool: str) -> None:
        """``pool``: its name, for labels."""
        self._numbers = numbers
        self.pool = pool

    def picked(self, what: Asked, decision: Decision, took: float) -> None:
        """A request got an endpoint after so many seconds."""
        numbers = self._numbers
        numbers.picks.labels(self.pool, "picked").inc()
        numbers.seconds.labels(self.pool).observe(took)
        chosen, tokens = decision.chosen, what.ask.tokens
        uncached = chosen.uncached if chosen else tokens
        numbers.tokens.labels(self.pool, "no").inc(uncached)
        numbers.tokens.labels(self.pool, "yes").inc(max(0.0, tokens - uncached))

    def refused(self, what: Asked, why: Refusal, took: float) -> None:
        """A request got none."""
        self._numbers.picks.labels(self.pool, why.reason).inc()
        self._numbers.seconds.labels(self.pool).observe(took)
        self._numbers.requests.labels(*self._names(what)).inc()
        self._numbers.errors.labels(*self._names(what), str(why.status)).inc()

    def passed_over(self, address: str) -> None:
        """Another endpoint than this one served."""
        self._numbers.passed.labels(self.pool).inc()

    def silent(self) -> None:
        """An engine told no numbers."""
        self._numbers.silent.labels(self.pool).inc()

    def began(self, what: Asked) -> None:
        """A request went to its endpoint."""
        names = self._names(what)
        self._numbers.requests.labels(*names).inc()
        running = self._numbers.running
        running[names[0]] = running.get(names[0], 0) + 1

    def ended(self, what: Asked, status: int, seconds: float) -> None:
        """It is over; a status of 0: nobody answered."""
        names = self._names(what)
        self._numbers.running[names[0]] -= 1
        self._numbers.duration.labels(*names).observe(seconds)
        if status >= 400 or not status:
            self._numbers.errors.labels(*names, str(status or "none")).inc()

    def _names(self, what: Asked) -> tuple[str, str]:
        model = self._numbers.model
        return model(what.model), model(what.ask.model)


class View:
    """A pool at one moment; ``name``: its namespace and name."""

    def __init__(
        self,
        name: tuple[str, str],
        endpoints: list[Candidate],
        blocks: int,
        saturation: float,
        queued: dict[int, int],
        queued_bytes: int,
    ) -> None:
        self.name = name
        self.endpoints = endpoints
        self.blocks = blocks
        self.saturation = saturation
        self.queued = queued
        self.queued_bytes = queued_bytes

    def mean(self, of: Callable[[Candidate], float]) -> float:
        """Over all endpoints; 0 without any."""
        return sum(map(of, self.endpoints)) / len(self.endpoints) if self.endpoints else 0.0


class _Pools:
    """What is true of pools now; a collector of prometheus_client."""

    def __init__(self, pools: Callable[[], Iterable[View]], running: dict[str, int]) -> None:
        self._pools = pools
        self._running = running

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pools = list(self._pools())
        for name, text, value in _OF_POOLS:
            family = GaugeMetricFamily(name, text, labels=_POOL)
            for pool in pools:
                family.add_metric(pool.name, value(pool))
            yield family
        yield from self._details(pools)

    def _details(self, pools: list[View]) -> Iterator[GaugeMetricFamily]:
        each_ = GaugeMetricFamily(
            "inference_pool_per_pod_queue_size",
            "Requests waiting in each engine",
            labels=[*_POOL, "model_server_pod"],
        )
        queue = GaugeMetricFamily(
            "inference_extension_flow_control_queue_size",
            "Requests that wait in the picker",
            labels=["namespace", "inference_pool", "priority"],
        )
        running = GaugeMetricFamily(
            "inference_objective_running_requests", "Requests under way", labels=["model_name"]
        )
        for pool in pools:
            for one in pool.endpoints:
                each_.add_metric([*pool.name, one.address], one.queued)
            for priority, count in pool.queued.items():
                queue.add_metric([*pool.name, str(priority)], count)
        for model, count in self._running.items():
            running.add_metric([model], count)
        yield from (each_, queue, running)


_OF_POOLS: Final[tuple[tuple[str, str, Callable[[View], float]], ...]] = (
    ("inference_pool_ready_pods", "Endpoints", lambda each: len(each.endpoints)),
    (
        "inference_pool_average_kv_cache_utilization",
        "Use of the engines' caches",
        lambda each: each.mean(lambda one: one.usage),
    ),
    (
        "inference_pool_average_queue_size",
        "Requests waiting in engines",
        lambda each: each.mean(lambda one: one.queued),
    ),
    (
        "inference_pool_average_running_requests",
        "Requests under way in engines",
        lambda each: each.mean(lambda one: one.requests),
    ),
    (
        "inference_extension_flow_control_pool_saturation",
        "From 0 (idle) to 1 (full)",
        lambda each: each.saturation,
    ),
    (
        "inference_extension_flow_control_queue_bytes",
        "Bytes of requests that wait",
        lambda each: each.queued_bytes,
    ),
    (
        "inference_extension_prefix_indexer_size",
        "Blocks of prompts remembered",
        lambda each: each.blocks,
    ),
)
