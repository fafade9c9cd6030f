"""From Envoy's name of a resource back to the objects that may have spoilt it."""

import pytest
import yaml

from portway.core import api, model, render
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.emit import CLUSTER, ENDPOINTS, LISTENER, PREFIX, ROUTES, SCOPE, SECRET
from portway.core.wiring.origins import origins
from tests.core import site
from tests.core.wiring import tls_site
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


SESSIONS = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: kept, namespace: default}
spec:
  parentRefs: [{name: web}]
  rules:
  - sessionPersistence: {}
    backendRefs: [{name: app, port: 80}, {name: far, port: 80}]
"""


@pytest.mark.parametrize("kind", [CLUSTER, ENDPOINTS])
def test_a_pool_of_sessions_comes_from_its_route_and_its_backends(
    schema: Schema, kind: str
) -> None:
    kept = api.decode(yaml.safe_load(SESSIONS))
    event = api.Event("HTTPRoute", "default", "kept", kept)
    core = site.core(schema, site.service("far"), event)
    name = "httproute/default/kept/0/http"
    assert name in {each.name for each in core.resources()}
    assert texts(origins(core, [(PREFIX + kind, name)])) == {
        "HTTPRoute default/kept",
        "Service default/app",
        "Service default/far",
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


def test_tls_comes_from_policies_config_maps_and_secrets(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.secret("client"), tls_site.gateway("client", mtls=True))
    name = "service/default/app/80/http/tls/default/client"
    assert texts(origins(core, [(PREFIX + CLUSTER, name)])) == {
        "Service default/app",
        "HTTPRoute default/a",
        "BackendTLSPolicy default/tls",
    }
    for each in ("cert", "client"):
        found = origins(core, [(PREFIX + SECRET, f"secret/default/{each}")])
        assert texts(found) == {f"Secret default/{each}"}


@pytest.mark.parametrize("named", ["configmap/default/ca", "secret/default/cert"])
def test_what_envoy_says_of_authorities_is_about_them_whatever_it_refuses(
    schema: Schema, named: str
) -> None:
    """It looks at the secrets of a listener when it has the last of them."""
    core = tls_site.core(schema, tls_site.gateway(mtls=True))
    words = "Failed to load trusted CA certificates from <inline>"
    found = origins(core, [(PREFIX + SECRET, named)], words)
    assert texts(found) == {"ConfigMap default/ca"}


def test_what_it_says_of_certificates_may_be_about_those_beside_the_authorities(
    schema: Schema,
) -> None:
    core = tls_site.core(schema, tls_site.gateway(mtls=True))
    words = "Failed to load private key from <inline>"
    found = origins(core, [(PREFIX + SECRET, "configmap/default/ca")], words)
    assert texts(found) == {"ConfigMap default/ca", "Secret default/cert"}
    found = origins(core, [(PREFIX + SECRET, "secret/default/cert")], words)
    assert texts(found) == {"Secret default/cert"}


def test_a_set_of_authorities_comes_from_all_of_them(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.authorities("two", name="ca2"))
    written = tls_site.policy().object
    assert isinstance(written, api.BackendTLSPolicy)
    document = api.to_document(written)
    refs = document["spec"]["validation"]["caCertificateRefs"]
    refs.append({**tls_site.CA_REF, "name": "ca2"})
    core.apply([site.event(document)])
    core.settle()
    name = "configmap/default/ca+configmap/default/ca2"
    assert texts(origins(core, [(PREFIX + SECRET, name)])) == {
        "ConfigMap default/ca",
        "ConfigMap default/ca2",
    }
