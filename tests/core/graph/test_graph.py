"""Graph: order, laws that hold for every history, and that the cost is the size of the change."""

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.graph import Collection, Context, Graph, GraphError, Index, Settled, Source

Route = tuple[str, tuple[str, ...]]  # a gateway, services
Key = tuple[str, str]

NAMES = ("a", "b", "c")
names = st.sampled_from(NAMES)
routes = st.tuples(names, st.lists(names, max_size=3).map(tuple))


def write(source: Source[Any, Any], key: object, value: object) -> None:
    if value is None:
        source.remove(key)
    else:
        source.set(key, value)


class Pipeline:
    """A small gateway: routes fan out to hosts, meet services and gateways, are grouped and
    counted. Two routes may emit the same host, so duplicates are part of every history."""

    def __init__(self) -> None:
        self.graph = graph = Graph()
        self.routes: Source[Key, Route] = graph.source("routes")
        self.services: Source[str, int] = graph.source("services")
        self.gateways: Source[str, int] = graph.source("gateways")
        self.by_size: Index[int, str, int] = graph.index(
            "services by size", self.services, lambda key, size: [size]
        )
        self.hosts: Collection[Key, tuple[Key, int | None]] = graph.derive(
            "hosts", self.routes, self._hosts
        )
        self.tables = graph.group("tables", self.hosts, lambda key, value: [key[0], "all"])
        self.attached: Collection[str, int] = graph.reduce(
            "attached",
            self.routes,
            lambda key, route: [(route[0], 1)],
            0,
            lambda total, one: total + one,
            lambda total, one: total - one,
        )
        self.status: Collection[str, tuple[int, int | None, int]] = graph.map(
            "status", self.gateways, self._status
        )

    def _hosts(self, ctx: Context, key: Key, route: Route) -> Mapping[Key, tuple[Key, int | None]]:
        gateway, services = route
        if ctx.get(self.gateways, gateway) == 0:
            return {}
        return {(gateway, name): (key, ctx.get(self.services, name)) for name in services}

    def _status(self, ctx: Context, key: str, size: int) -> tuple[int, int | None, int] | None:
        if size == 3:
            return None
        peers = len(ctx.by(self.by_size, size))
        members = ctx.get(self.tables, key) if peers else ()
        return peers, ctx.get(self.attached, key), len(members or ())

    def apply(self, event: "Event") -> None:
        kind, key, value = event
        write(getattr(self, kind), key, value)

    def outputs(self) -> list[object]:
        conflicts = [(f.collection, f.key, str(f.exception)) for f in self.graph.failures]
        rows = [collection.items() for collection in self.collections()]
        return [*rows, sorted(conflicts, key=str)]

    def collections(self) -> tuple[Collection[Any, Any], ...]:
        return self.hosts, self.tables, self.attached, self.status

    def clear(self) -> None:
        for kind in ("routes", "services", "gateways"):
            source: Source[Any, Any] = getattr(self, kind)
            rows = source.items()
            for key, _ in rows:
                source.remove(key)


Event = tuple[str, object, object]
route_events = st.tuples(st.just("routes"), st.tuples(names, names), st.none() | routes)
events: st.SearchStrategy[Event] = st.one_of(
    route_events,
    route_events,
    st.tuples(st.just("services"), names, st.none() | st.integers(0, 3)),
    st.tuples(st.just("gateways"), names, st.none() | st.integers(0, 3)),
)
histories = st.lists(st.tuples(events, st.booleans()), min_size=8, max_size=40)


def play(history: Iterable[tuple[Event, bool]]) -> Pipeline:
    pipeline = Pipeline()
    for event, settle in history:
        pipeline.apply(event)
        if settle:
            pipeline.graph.settle()
    pipeline.graph.settle()
    return pipeline


def rebuilt(pipeline: Pipeline, shuffle: random.Random) -> Pipeline:
    """The same inputs in any order into a new graph, settled once."""
    fresh = Pipeline()
    inputs: list[Event] = [
        (kind, key, value)
        for kind in ("routes", "services", "gateways")
        for key, value in getattr(pipeline, kind).items()
    ]
    shuffle.shuffle(inputs)
    for event in inputs:
        fresh.apply(event)
    fresh.graph.settle()
    return fresh


@given(histories, st.randoms(use_true_random=False))
def test_any_history_equals_a_rebuild_from_shuffled_input(
    history: list[tuple[Event, bool]], shuffle: random.Random
) -> None:
    pipeline = play(history)
    fresh = rebuilt(pipeline, shuffle)
    assert pipeline.outputs() == fresh.outputs()
    assert pipeline.graph.footprint() == fresh.graph.footprint()


@given(histories)
def test_settling_twice_changes_nothing(history: list[tuple[Event, bool]]) -> None:
    settled = play(history).graph.settle()
    assert (settled.changed, settled.failures, settled.recomputed) == ({}, (), 0)


@given(histories)
def test_deleting_everything_leaves_nothing(history: list[tuple[Event, bool]]) -> None:
    pipeline = play(history)
    pipeline.clear()
    pipeline.graph.settle()
    assert pipeline.outputs() == [(), (), (), (), []]
    assert pipeline.graph.footprint() == 0


@given(histories)
def test_the_changes_lead_from_the_old_state_to_the_new(
    history: list[tuple[Event, bool]],
) -> None:
    pipeline = Pipeline()
    replica: dict[str, dict[object, object]] = {}
    for event, _ in history:
        pipeline.apply(event)
        for name, changes in pipeline.graph.settle().changed.items():
            rows = replica.setdefault(name, {})
            for key, change in changes.items():
                assert rows.get(key) == change.old
                assert change.old != change.new
                rows[key] = change.new
    for collection in pipeline.collections():
        rows = replica.get(collection.name, {})
        assert {k: v for k, v in rows.items() if v is not None} == dict(collection.items())


@given(histories, st.sets(st.tuples(names, names)))
def test_failures_touch_only_their_own_keys(
    history: list[tuple[Event, bool]], poisoned: set[Key]
) -> None:
    graph = Graph()
    source: Source[Key, Route] = graph.source("routes")

    def explode(ctx: Context, key: Key, route: Route) -> Route:
        if key in poisoned:
            raise RuntimeError("poisoned")
        return route

    out: Collection[Key, Route] = graph.map("out", source, explode)
    for (kind, key, value), settle in history:
        if kind == "routes":
            write(source, key, value)
        if settle:
            graph.settle()
    graph.settle()
    assert out.items() == tuple(item for item in source.items() if item[0] not in poisoned)
    assert {f.key for f in graph.failures} == {k for k, _ in source.items() if k in poisoned}


def test_one_leaf_of_five_thousand_costs_a_handful_of_calls() -> None:
    pipeline = Pipeline()
    pipeline.gateways.set("gw", 1)
    for number in range(5000):
        service = f"s{number:04}"
        pipeline.services.set(service, 1)
        pipeline.routes.set(("ns", f"r{number:04}"), ("gw", (service,)))
    first = pipeline.graph.settle()
    # index, hosts, reduce: once a key; two groups a host are one call; one status.
    assert first.recomputed == 4 * 5000 + 1
    pipeline.services.set("s0042", 2)
    settled = pipeline.graph.settle()
    # index, one host, its group, the status that reads the group
    assert settled.recomputed == 4
    assert {name: len(changes) for name, changes in settled.changed.items()} == {
        "services": 1,
        "hosts": 1,
        "tables": 2,
        "status": 1,
    }


class Late(Pipeline):
    """The same, with everything after the tables in the late part."""

    def __init__(self) -> None:
        super().__init__()
        graph = self.graph
        graph.late_from_here()
        self.notes: Collection[str, tuple[int | None, int]] = graph.map(
            "notes", self.status, self._note
        )
        self.hosted: Collection[Key, bool] = graph.derive(
            "hosted", self.hosts, lambda ctx, key, value: {key: ctx.get(self.notes, key[0]) is None}
        )

    def _note(self, ctx: Context, key: str, value: object) -> tuple[int | None, int]:
        members = ctx.get(self.tables, key)
        return ctx.get(self.attached, key), len(members or ())

    def collections(self) -> tuple[Collection[Any, Any], ...]:
        return *super().collections(), self.notes, self.hosted


stages = st.sampled_from(("none", "early", "late", "some", "all"))


@given(st.lists(st.tuples(events, stages), max_size=40), st.integers(1, 3))
def test_settling_in_stages_ends_where_settling_at_once_ends(
    history: list[tuple[Event, str]], most: int
) -> None:
    staged, whole = Late(), Late()
    replica: dict[str, dict[object, object]] = {}

    def follow(settled: Settled) -> None:
        for name, changes in settled.changed.items():
            rows = replica.setdefault(name, {})
            for key, change in changes.items():
                assert rows.get(key) == change.old
                rows[key] = change.new

    for event, stage in history:
        staged.apply(event)
        whole.apply(event)
        whole.graph.settle()
        if stage == "early":
            follow(staged.graph.settle_early())
            early = Pipeline.collections(staged)
            assert [c.items() for c in early] == [c.items() for c in Pipeline.collections(whole)]
        elif stage == "late":
            follow(staged.graph.settle_late())
        elif stage == "some":
            follow(staged.graph.settle_early())
            follow(staged.graph.settle_late(most))
        elif stage == "all":
            follow(staged.graph.settle())
    follow(staged.graph.settle_early())
    for _ in range(200):
        if not staged.graph.stale:
            break
        follow(staged.graph.settle_late(most))
    assert staged.outputs() == whole.outputs()
    assert staged.graph.footprint() == whole.graph.footprint()
    for collection in staged.collections():
        rows = replica.get(collection.name, {})
        assert {k: v for k, v in rows.items() if v is not None} == dict(collection.items())


def test_the_late_part_waits_for_the_early_one_and_takes_some_at_a_time() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("in")
    graph.map("early", source, lambda ctx, key, value: value)
    graph.late_from_here()
    late: Collection[str, int] = graph.map("late", source, lambda ctx, key, value: value)
    for number in range(10):
        source.set(f"k{number}", number)
    assert not graph.settle_late()
    assert list(graph.settle_early().changed) == ["in", "early"]
    assert not graph.settle_early()
    taken = []
    while graph.stale:
        taken.append(graph.settle_late(4).recomputed)
    assert taken == [4, 4, 2]
    assert len(late) == 10


def test_a_graph_has_one_late_part() -> None:
    graph = Graph()
    graph.late_from_here()
    with pytest.raises(GraphError, match="one late part"):
        graph.late_from_here()


def test_a_source_may_be_followed_by_another() -> None:
    graph = Graph(strict=True)
    copy: Source[str, int] = graph.source("copy")

    def heard(key: str) -> None:
        value = original.get(key)
        if value is None:
            copy.remove(key)
        else:
            copy.set(key, value)

    original: Source[str, int] = graph.source("original", heard)
    original.set("a", 1)
    original.set("b", 2)
    original.remove("b")
    original.remove("never there")
    graph.settle()
    assert copy.items() == (("a", 1),)


def test_a_collection_made_after_a_settle_starts_with_what_is_there() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    source.set("a", 1)
    graph.settle()
    late: Collection[str, int] = graph.map("late", source, lambda ctx, key, value: value + 1)
    graph.settle()
    assert late.items() == (("a", 2),)


def test_names_are_unique() -> None:
    graph = Graph()
    graph_source: Source[str, int] = graph.source("x")
    with pytest.raises(GraphError, match="'x' already"):
        graph.map("x", graph_source, lambda ctx, key, value: value)


def test_an_input_of_another_graph_is_refused() -> None:
    foreign: Source[str, int] = Graph().source("foreign")
    with pytest.raises(GraphError, match="'foreign' belongs to another graph"):
        Graph().map("x", foreign, lambda ctx, key, value: value)


def test_a_transformation_may_not_write_settle_or_build() -> None:
    graph = Graph()
    source: Source[str, str] = graph.source("in")

    def misbehave(ctx: Context, key: str, value: str) -> str:
        match value:
            case "write":
                source.set("other", "fine")
            case "settle":
                graph.settle()
            case "build":
                graph.map("new", source, misbehave)
        return value

    graph.map("out", source, misbehave)
    for deed in ("write", "settle", "build"):
        source.set(deed, deed)
    failures = graph.settle().failures
    assert [failure.key for failure in failures] == ["build", "settle", "write"]
    assert all(isinstance(failure.exception, GraphError) for failure in failures)
