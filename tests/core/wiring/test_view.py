"""The settled core answers the questions of explain and analyze, and never raises."""

import inspect

import pytest

from portway.core import model
from portway.core.explain.view import View
from portway.core.schema import Schema
from portway.core.wiring import Core, CoreView
from tests.core import site

GATEWAY = model.ObjectKey("Gateway", "default", "web")
ROUTE = model.ObjectKey("HTTPRoute", "default", "a")
CLUSTER = model.ClusterKey("Service", "default", "app", 80, "http")
TABLE = model.TableKey(GATEWAY, 8080, "")


@pytest.fixture(scope="module")
def core(schema: Schema) -> Core:
    return site.core(schema, site.route("a"), site.gateway("other", 9090))


@pytest.fixture(scope="module")
def view(core: Core) -> View:
    return core.view


def test_every_question_has_an_answer_of_the_same_shape() -> None:
    for name, question in inspect.getmembers(View, inspect.isfunction):
        if not name.startswith("_"):
            wanted, found = (
                inspect.signature(each) for each in (question, getattr(CoreView, name))
            )
            assert list(wanted.parameters) == list(found.parameters), name


def test_gateways_and_their_ports(view: View) -> None:
    assert [each.key.name for each in view.gateways()] == ["other", "web"]
    assert [each.key.port for each in view.ports(GATEWAY)] == [8080]


def test_routes_with_what_they_mean_and_where_they_are(view: View) -> None:
    assert list(view.routes()) == [ROUTE]
    attachment, rules = view.attachment(ROUTE), view.rules(ROUTE)
    assert attachment is not None
    assert rules is not None
    assert [parent.gateway for parent in attachment.parents] == [GATEWAY]
    assert rules.clusters == (CLUSTER,)


def test_virtual_hosts_by_domain(view: View) -> None:
    found = view.virtual_hosts(TABLE)
    assert set(found) == {"*", "a.example.com"}
    assert [each.route for each in found["a.example.com"].routes] == [ROUTE]


def test_endpoints(view: View) -> None:
    found = view.endpoints(CLUSTER)
    assert found is not None
    assert found.endpoints == (model.Endpoint("127.0.0.1", 3000),)


def test_what_is_not_there_gives_nothing(view: View) -> None:
    nobody = model.ObjectKey("Gateway", "default", "nobody")
    assert list(view.ports(nobody)) == []
    assert view.virtual_hosts(model.TableKey(nobody, 80, "")) == {}
    assert view.endpoints(CLUSTER._replace(name="nobody")) is None
    for kind in ("HTTPRoute", "GRPCRoute", "Service"):
        absent = model.ObjectKey(kind, "default", "nobody")
        assert view.attachment(absent) is None
        assert view.rules(absent) is None
