"""What Portway counts, in a registry of its own.

Knows names, units and labels. Must not know who counts: callers use methods and never touch a
Prometheus type. Every label has a bounded set of values, because what users write (names, hosts)
must never become one: a label value past the bound is counted as `other`.

A turn happens with every change and a scrape every few seconds, so what a turn tells is added up
in plain numbers and becomes series only when somebody looks.
"""

from collections import Counter as Count
from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAX_LABEL_VALUES: Final = 64
OTHER: Final = "other"

_SETTLE_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5)


class Metrics:
    """Counters of one process. Types may be given as type URLs; their last part is the label."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._labels: dict[str, set[str]] = {}
        self._shown_kinds: set[str] = set()
        self._counted: Callable[[], Mapping[str, int]] | None = None
        self._turns = self._counter("turns", "Times that events were taken in and settled")
        self._events = _Family(self, "events", "Events from sources", "kind")
        self._changed = _Family(self, "changed_keys", "Keys that settling changed", "collection")
        self._settle = Histogram(
            "portway_settle_seconds",
            "Time to settle one turn",
            buckets=_SETTLE_SECONDS,
            registry=self._registry,
        )
        self._failures = _Family(
            self, "transform_failures", "Keys whose transformation failed", "transformation"
        )
        self._pushes = _Family(self, "xds_pushes", "Responses sent to proxies", "type")
        self._resources = _Family(self, "xds_resources", "Resources sent to proxies", "type")
        self._bytes = _Family(self, "xds_bytes", "Bytes of resources sent to proxies", "type")
        self._acks = _Family(self, "xds_acks", "Responses that a proxy accepted", "type")
        self._nacks = _Family(self, "xds_nacks", "Responses that a proxy refused", "type")
        self._objects = Gauge(
            "portway_objects", "Objects known now", ["kind"], registry=self._registry
        )
        self._writes = _Family(self, "status_writes", "Statuses written", "result")
        self._restarts = self._counter("envoy_restarts", "Restarts of the supervised Envoy")
        self._families = [each for each in vars(self).values() if isinstance(each, _Family)]

    def turn(self, seconds: float, changed: Mapping[str, int], events: Mapping[str, int]) -> None:
        """One turn settled in `seconds`; changed keys by collection, events by kind."""
        self._turns.inc()
        self._settle.observe(seconds)
        self.keys(changed)
        for kind, count in events.items():
            self._events.add(kind, count)

    def keys(self, changed: Mapping[str, int]) -> None:
        """Changed keys by collection, outside of a turn."""
        for collection, count in changed.items():
            self._changed.add(collection, count)

    def transform_failure(self, transformation: str, count: int = 1) -> None:
        """Keys of a transformation failed, and keep their last good output."""
        self._failures.add(transformation, count)

    def push(self, type_url: str, resources: int, size: int) -> None:
        """One response went out: how many resources, and their bytes."""
        self._pushes.add(type_url, 1)
        self._resources.add(type_url, resources)
        self._bytes.add(type_url, size)

    def ack(self, type_url: str) -> None:
        """A proxy accepted a response."""
        self._acks.add(type_url, 1)

    def nack(self, type_url: str) -> None:
        """A proxy refused a response."""
        self._nacks.add(type_url, 1)

    def count_objects(self, counted: Callable[[], Mapping[str, int]]) -> None:
        """From now on `counted` is asked how many objects there are, whenever somebody looks."""
        self._counted = counted

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
        self._writes.add(result, count)

    def envoy_restart(self) -> None:
        """The supervised Envoy was started again."""
        self._restarts.inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format, of type `CONTENT_TYPE`."""
        for each in self._families:
            each.show()
        if self._counted is not None:
            self.objects(self._counted())
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"portway_{name}", text, labels, registry=self._registry)

    def _bounded(self, label: str, value: str) -> str:
        value = value.rpartition("/")[2].rpartition(".")[2] if label == "type" else value
        known = self._labels.setdefault(label, set())
        if value in known:
            return value
        if len(known) >= MAX_LABEL_VALUES:
            return OTHER
        known.add(value)
        return value


class _Family:
    """A counter with one label, and what was counted since somebody last looked."""

    def __init__(self, metrics: Metrics, name: str, text: str, label: str) -> None:
        self._counter = metrics._counter(name, text, label)
        self._label = label
        self._waiting: Count[str] = Count()
        self._bounded = metrics._bounded

    def add(self, value: str, count: int) -> None:
        """Count, to be shown when somebody looks."""
        self._waiting[value] += count
        if len(self._waiting) > MAX_LABEL_VALUES:
            self.show()

    def show(self) -> None:
        """Bring the series up to date."""
        waiting, self._waiting = self._waiting, Count()
        for value, count in waiting.items():
            self._counter.labels(self._bounded(self._label, value)).inc(count)
