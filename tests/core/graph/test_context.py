"""Reading through a context: what is read is recorded, and what cannot be read is refused."""

import pytest

from portway.core.graph import Collection, Context, Graph, GraphError, Index, Source


def test_only_the_readers_of_a_changed_key_run_again() -> None:
    graph = Graph(strict=True)
    services: Source[str, int] = graph.source("services")
    routes: Source[str, str] = graph.source("routes")
    graph.map("joined", routes, lambda ctx, key, service: (service, ctx.get(services, service)))
    for name in "abc":
        services.set(name, 0)
        routes.set(f"to-{name}", name)
    graph.settle()
    services.set("b", 1)
    settled = graph.settle()
    assert settled.recomputed == 1
    assert list(settled.changed["joined"]) == ["to-b"]


def test_a_read_of_a_missing_key_runs_again_when_it_appears() -> None:
    graph = Graph(strict=True)
    services: Source[str, int] = graph.source("services")
    routes: Source[str, str] = graph.source("routes")
    joined: Collection[str, tuple[str, int | None]] = graph.map(
        "joined", routes, lambda ctx, key, service: (service, ctx.get(services, service))
    )
    routes.set("r", "late")
    graph.settle()
    assert joined.get("r") == ("late", None)
    services.set("late", 7)
    graph.settle()
    assert joined.get("r") == ("late", 7)


def test_what_is_no_longer_read_no_longer_counts() -> None:
    graph = Graph(strict=True)
    services: Source[str, int] = graph.source("services")
    routes: Source[str, str] = graph.source("routes")
    graph.map("joined", routes, lambda ctx, key, service: ctx.get(services, service))
    services.set("old", 1)
    services.set("new", 1)
    routes.set("r", "old")
    graph.settle()
    routes.set("r", "new")
    graph.settle()
    services.set("old", 2)
    assert graph.settle().recomputed == 0


def test_by_follows_the_members_of_one_group() -> None:
    graph = Graph(strict=True)
    pods: Source[str, str] = graph.source("pods")
    nodes: Source[str, int] = graph.source("nodes")
    by_node: Index[str, str, str] = graph.index("pods by node", pods, lambda key, node: [node])
    listed: Collection[str, tuple[tuple[str, str], ...]] = graph.map(
        "listed", nodes, lambda ctx, key, _: ctx.by(by_node, key)
    )
    nodes.set("n1", 0)
    nodes.set("n2", 0)
    pods.set("p2", "n1")
    pods.set("p1", "n1")
    graph.settle()
    assert listed.get("n1") == (("p1", "n1"), ("p2", "n1"))
    assert listed.get("n2") == ()
    pods.set("p2", "n2")
    settled = graph.settle()
    assert set(settled.changed["listed"]) == {"n1", "n2"}
    assert "pods by node" not in settled.changed
    assert by_node.get("n2") == (("p2", "n2"),)
    assert by_node.get("n3") == ()


def test_equality_stops_the_change() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    parity = graph.map("parity", source, lambda ctx, key, value: str(value % 2))
    graph.map("word", parity, lambda ctx, key, value: {"0": "even", "1": "odd"}[value])
    source.set("a", 1)
    graph.settle()
    source.set("a", 3)
    settled = graph.settle()
    assert settled.recomputed == 1
    assert list(settled.changed) == ["numbers"]


def test_reading_what_was_created_later_is_refused() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    later: list[Source[str, int]] = []
    graph.map("early", source, lambda ctx, key, value: ctx.get(later[0], key))
    later.append(graph.source("late"))
    source.set("a", 1)
    with pytest.raises(GraphError, match="'early' may not read 'late'"):
        graph.settle()


def test_reading_another_graph_is_refused() -> None:
    graph = Graph(strict=True)
    foreign: Source[str, int] = Graph().source("foreign")
    source: Source[str, int] = graph.source("numbers")
    graph.map("reader", source, lambda ctx, key, value: ctx.get(foreign, key))
    source.set("a", 1)
    with pytest.raises(GraphError, match="'reader' may not read 'foreign'"):
        graph.settle()


def test_a_context_is_dead_after_its_transformation() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    others: Source[str, int] = graph.source("others")
    kept: list[Context] = []

    def keep(ctx: Context, key: str, value: int) -> int:
        kept.append(ctx)
        return value

    graph.map("keeper", source, keep)
    source.set("a", 1)
    graph.settle()
    with pytest.raises(GraphError, match="outside of its transformation"):
        kept[0].get(others, "a")
