"""What Portway counts, in a registry of its own.

Knows names, units and labels. Must not know who counts: callers use methods and never touch a
Prometheus type. Every label has a bounded set of values, because what users write (names, hosts)
must never become one: a label value past the bound is counted as `other`.
"""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAX_LABEL_VALUES: Final = 64
OTHER: Final = "other"

_SETTLE_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """Counters of one process. Types may be given as type URLs; their last part is the label."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._labels: dict[str, set[str]] = {}
        self._shown_kinds: set[str] = set()
        self._turns = self._counter("turns", "Times that events were taken in and settled")
        self._events = self._counter("events", "Events from sources", "kind")
        self._changed = self._counter("changed_keys", "Keys that settling changed", "collection")
        self._settle = Histogram(
            "portway_settle_seconds",
            "Time to settle one turn",
            buckets=_SETTLE_SECONDS,
            registry=self._registry,
        )
        self._failures = self._counter(
            "transform_failures", "Keys whose transformation failed", "transformation"
        )
        self._pushes = self._counter("xds_pushes", "Responses sent to proxies", "type")
        self._resources = self._counter("xds_resources", "Resources sent to proxies", "type")
        self._bytes = self._counter("xds_bytes", "Bytes of resources sent to proxies", "type")
        self._acks = self._counter("xds_acks", "Responses that a proxy accepted", "type")
        self._nacks = self._counter("xds_nacks", "Responses that a proxy refused", "type")
        self._objects = Gauge(
            "portway_objects", "Objects known now", ["kind"], registry=self._registry
        )
        self._writes = self._counter("status_writes", "Statuses written", "result")
        self._restarts = self._counter("envoy_restarts", "Restarts of the supervised Envoy")

    def turn(self, seconds: float, changed: Mapping[str, int], events: Mapping[str, int]) -> None:
        """One turn settled in `seconds`; changed keys by collection, events by kind."""
        self._turns.inc()
        self._settle.observe(seconds)
        for collection, count in changed.items():
            self._changed.labels(self._bounded("collection", collection)).inc(count)
        for kind, count in events.items():
            self._events.labels(self._bounded("kind", kind)).inc(count)

    def transform_failure(self, transformation: str, count: int = 1) -> None:
        """Keys of a transformation failed, and keep their last good output."""
        self._failures.labels(self._bounded("transformation", transformation)).inc(count)

    def push(self, type_url: str, resources: int, size: int) -> None:
        """One response went out: how many resources, and their bytes."""
        label = self._type(type_url)
        self._pushes.labels(label).inc()
        self._resources.labels(label).inc(resources)
        self._bytes.labels(label).inc(size)

    def ack(self, type_url: str) -> None:
        """A proxy accepted a response."""
        self._acks.labels(self._type(type_url)).inc()

    def nack(self, type_url: str) -> None:
        """A proxy refused a response."""
        self._nacks.labels(self._type(type_url)).inc()

    def objects(self, by_kind: Mapping[str, int]) -> None:
        """How many objects of each kind there are now; kinds left out have none."""
        counts: dict[str, int] = {}
        for kind, count in by_kind.items():
            label = self._bounded("kind", kind)
            counts[label] = counts.get(label, 0) + count
        self._shown_kinds |= counts.keys()
        for label in self._shown_kinds:
            self._objects.labels(label).set(counts.get(label, 0))

    def status_write(self, result: str = "written", count: int = 1) -> None:
        """Statuses went to where they are kept, or failed to (`result`)."""
        self._writes.labels(self._bounded("result", result)).inc(count)

    def envoy_restart(self) -> None:
        """The supervised Envoy was started again."""
        self._restarts.inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format, of type `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"portway_{name}", text, labels, registry=self._registry)

    def _type(self, type_url: str) -> str:
        return self._bounded("type", type_url.rpartition("/")[2].rpartition(".")[2])

    def _bounded(self, label: str, value: str) -> str:
        known = self._labels.setdefault(label, set())
        if value in known:
            return value
        if len(known) >= MAX_LABEL_VALUES:
            return OTHER
        known.add(value)
        return value
