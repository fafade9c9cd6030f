"""Where objects come in, and what stands in for one that is held."""

import pytest

from portway.core import api, delta, graph, model
from portway.core.wiring import Hold
from portway.core.wiring.inputs import Inputs, spoken_of
from tests.core import site

NAME = ("default", "a")


@pytest.fixture
def inputs() -> tuple[graph.Graph, Inputs]:
    g = graph.Graph(strict=True)
    return g, Inputs(g)


def route(path: str) -> api.Resource:
    found = site.route("a", path=path).object
    assert found is not None
    return found


def put(g: graph.Graph, inputs: Inputs, resource: api.Resource) -> None:
    inputs.apply(api.Event(resource.kind, *NAME, resource))
    g.settle()


def test_every_kind_has_a_source_and_unknown_kinds_are_told() -> None:
    g = graph.Graph(strict=True)
    found = Inputs(g)
    assert set(found.sources) == set(found.admitted) == set(api.KINDS)
    assert not found.apply(api.Event("Node", "default", "a", None))
    assert found.apply(api.Event("HTTPRoute", "default", "a", None))


def test_what_nobody_holds_passes(inputs: tuple[graph.Graph, Inputs]) -> None:
    g, found = inputs
    put(g, found, route("/a"))
    assert found.admitted["HTTPRoute"].get(NAME) == route("/a")
    found.apply(site.gone("HTTPRoute", "a"))
    g.settle()
    assert found.admitted["HTTPRoute"].get(NAME) is None


@pytest.mark.parametrize("instead", [None, route("/old")])
def test_the_earlier_version_stands_in_for_a_held_one(
    inputs: tuple[graph.Graph, Inputs], instead: api.Resource | None
) -> None:
    g, found = inputs
    put(g, found, route("/bad"))
    key = model.ObjectKey("HTTPRoute", *NAME)
    found.holds.set(key, Hold(route("/bad"), instead))
    g.settle()
    assert found.admitted["HTTPRoute"].get(NAME) == instead


def test_a_hold_is_for_one_value_only(inputs: tuple[graph.Graph, Inputs]) -> None:
    """Any edit lets the object through: it may be the cure."""
    g, found = inputs
    put(g, found, route("/bad"))
    found.holds.set(model.ObjectKey("HTTPRoute", *NAME), Hold(route("/bad"), route("/old")))
    put(g, found, route("/new"))
    assert found.admitted["HTTPRoute"].get(NAME) == route("/new")
    put(g, found, route("/bad"))
    assert found.admitted["HTTPRoute"].get(NAME) == route("/old")


def test_a_gateway_is_held_where_its_ports_are_made(inputs: tuple[graph.Graph, Inputs]) -> None:
    """Its routes must not lose their parent."""
    g, found = inputs
    gateway = site.gateway("a").object
    assert gateway is not None
    put(g, found, gateway)
    found.holds.set(model.ObjectKey("Gateway", *NAME), Hold(gateway, None))
    g.settle()
    assert found.admitted["Gateway"].get(NAME) == gateway


def test_a_hold_that_is_let_go_lets_the_object_through(inputs: tuple[graph.Graph, Inputs]) -> None:
    g, found = inputs
    put(g, found, route("/bad"))
    key = model.ObjectKey("HTTPRoute", *NAME)
    found.holds.set(key, Hold(route("/bad"), None))
    found.holds.remove(key)
    assert not g.settle().changed.get("HTTPRoute")
    assert found.admitted["HTTPRoute"].get(NAME) == route("/bad")


def test_only_what_a_status_speaks_of_is_kept_of_an_acknowledgement() -> None:
    """The rest are thousands, and each would be a turn of its own."""
    for type_url in (delta.LDS, delta.RDS, delta.SDS):
        ack = delta.Ack(type_url, {"a": "1"}, ("b",))
        assert spoken_of(ack) == ack
    for type_url in (delta.CDS, delta.EDS):
        assert spoken_of(delta.Ack(type_url, {"a": "1"}, ("b",))) == delta.Ack(type_url, {})
    scopes = delta.Ack(delta.SRDS, {"0aVm1": "1", "*aVm1": "1"}, ("0b", "*b"))
    assert spoken_of(scopes) == delta.Ack(delta.SRDS, {"*aVm1": "1"}, ("*b",))


def test_what_is_acknowledged_follows_the_news(inputs: tuple[graph.Graph, Inputs]) -> None:
    g, found = inputs
    key = (delta.LDS, "a")
    found.acknowledge({key: "1"})
    assert found.acknowledged.get(key) == "1"
    found.acknowledge({key: None})
    assert found.acknowledged.get(key) is None
    g.settle()
    found.acknowledge({})
    assert not g.stale
