"""Pools of backends that share sessions: what a change of one changes."""

import yaml

from portway.core import api
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.emit import CLUSTER, ENDPOINTS, PREFIX
from tests.core import site

POOL = "httproute/default/kept/0/http"


def kept(app: int, far: int) -> api.Event:
    text = f"""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: kept, namespace: default}}
spec:
  parentRefs: [{{name: web}}]
  rules:
  - sessionPersistence: {{}}
    backendRefs: [{{name: app, port: 80, weight: {app}}}, {{name: far, port: 80, weight: {far}}}]
  - sessionPersistence: {{}}
    backendRefs: [{{name: app, port: 80}}]
"""
    return api.Event("HTTPRoute", "default", "kept", api.decode(yaml.safe_load(text)))


def versions(core: Core) -> dict[tuple[str, str], str]:
    return {(each.type_url, each.name): each.version for each in core.resources()}


def test_weights_change_the_endpoints_of_the_pool_and_nothing_else(schema: Schema) -> None:
    core = site.core(schema, site.service("far"), kept(1, 1))
    before = versions(core)
    assert {(PREFIX + CLUSTER, POOL), (PREFIX + ENDPOINTS, POOL)} <= set(before)
    core.apply([kept(1, 0)])
    core.settle()
    after = versions(core)
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    assert changed == {(PREFIX + ENDPOINTS, POOL)}


def test_a_rule_with_one_backend_has_no_pool_and_a_route_takes_its_own_along(
    schema: Schema,
) -> None:
    core = site.core(schema, site.service("far"), kept(1, 1))
    pools = [name for kind, name in versions(core) if name.startswith("httproute/")]
    assert sorted(pools) == [POOL, POOL]
    core.apply([api.Event("HTTPRoute", "default", "kept", None)])
    core.settle()
    assert not [name for _, name in versions(core) if name.startswith("httproute/")]


def test_what_a_host_needs_is_the_pool(schema: Schema) -> None:
    core = site.core(schema, site.service("far"), kept(1, 1))
    needs = {
        need for each in core.resources() if each.name.endswith("/8080") for need in each.needs
    }
    assert (PREFIX + CLUSTER, POOL) in needs
