"""The graph in words: inputs as declared, reads as recorded."""

from portway.core.graph import Graph, Source


def build() -> tuple[Graph, Source[str, int], Source[str, int]]:
    graph = Graph(strict=True)
    services: Source[str, int] = graph.source("services")
    routes: Source[str, int] = graph.source("routes")
    index = graph.index("by size", services, lambda key, value: [value])
    graph.map("joined", routes, lambda ctx, k, v: (ctx.get(services, k), ctx.by(index, v)))
    return graph, services, routes


def test_describe_shows_inputs_and_recorded_reads() -> None:
    graph, _, routes = build()
    routes.set("r", 1)
    graph.settle()
    assert graph.describe().splitlines() == [
        "services: source",
        "routes: source",
        "by size: index over services",
        "joined: map over routes, reads services, by size",
    ]
    routes.remove("r")
    graph.settle()
    assert graph.describe().splitlines()[-1] == "joined: map over routes"


def test_dot_draws_reads_dashed() -> None:
    graph, _, routes = build()
    routes.set("r", 1)
    graph.settle()
    drawing = graph.dot().splitlines()
    assert '  "routes" -> "joined";' in drawing
    assert '  "services" -> "joined" [style=dashed];' in drawing
    assert drawing[0] == "digraph portway {"
    assert drawing[-1] == "}"
