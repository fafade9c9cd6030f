"""From Envoy's name of a resource back to the objects that may have spoilt it."""

import pytest

from portway.core import model, render
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.emit import CLUSTER, ENDPOINTS, LISTENER, PREFIX, ROUTES, SCOPE, SECRET
from portway.core.wiring.origins import origins
from tests.core import site
from tests.core.wiring.test_scoped import scoped
from tests.core.wiring.test_world import piece


@pytest.fixture(scope="module")
def core(schema: Schema) -> Core:
    return site.core(
        schema,
        site.gateway("other", 9090),
        site.service("far"),
        site.route("a"),
        site.route("b", "far"),
        site.route("c", "far", gateway="other"),
        piece("app-1", "app"),
        piece("far-1", "far"),
    )


def texts(found: set[model.ObjectKey]) -> set[str]:
    return {str(each) for each in found}


@pytest.mark.parametrize("kind", [CLUSTER, ENDPOINTS])
def test_a_cluster_comes_from_its_backend_and_all_who_send_there(core: Core, kind: str) -> None:
    assert texts(origins(core, [(PREFIX + kind, "service/default/app/80/http")])) == {
        "Service default/app",
        "EndpointSlice default/app-1",
        "HTTPRoute default/a",
    }


def test_a_table_comes_from_its_gateway_and_the_routes_attached_to_it(core: Core) -> None:
    assert texts(origins(core, [(PREFIX + ROUTES, "default/other/9090")])) == {
        "Gateway default/other",
        "HTTPRoute default/c",
    }
    assert texts(origins(core, [(PREFIX + ROUTES, "default/web/8080")])) == {
        "Gateway default/web",
        "HTTPRoute default/a",
        "HTTPRoute default/b",
    }


def test_a_scope_comes_from_its_gateway_and_the_routes_of_its_host(schema: Schema) -> None:
    core = scoped(schema, 3, site.route("wild", host="*.w.com"))
    table = model.TableKey(site.key("Gateway", "web"), 8080, "")

    def of(*domains: str) -> set[str]:
        names = [render.names.scope(model.HostKey(table, each)) for each in domains]
        return texts(origins(core, [(PREFIX + SCOPE, name) for name in names]))

    assert of("r0.example.com") == {"Gateway default/web", "HTTPRoute default/r0"}
    both = of("r0.example.com", "r1.example.com")
    assert both == {"Gateway default/web", "HTTPRoute default/r0", "HTTPRoute default/r1"}
    assert of("gone.example.com") == set()
    # The scope of the rest is fed like a table.
    assert "HTTPRoute default/wild" in of("*")


def test_a_listener_comes_from_its_gateway(core: Core) -> None:
    assert texts(origins(core, [(PREFIX + LISTENER, "default/web/8080")])) == {
        "Gateway default/web"
    }


@pytest.mark.parametrize(
    "kind", [CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPE, SECRET, "some.Other"]
)
def test_a_name_that_is_not_ours_comes_from_nobody(core: Core, kind: str) -> None:
    assert origins(core, [(PREFIX + kind, "nobody")]) == set()
