"""The shapes that routes can have in the proxy answer alike: a table or scopes, lists or trees.

The same random virtual hosts are put into one real Envoy in every shape, and the same calls are
made to all of them: mixed case, ports, trailing dots, wildcards at several depths, odd paths. What
the simulator says of the plain table with lists is what every shape has to answer.
"""

import http.client
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from portway.core import model, render
from tests.sim.bootstrap import bootstrap, scopes, table
from tests.sim.echo import Echo, echoes
from tests.sim.proxy import running
from tests.sim.requests import Call
from tests.sim.samples import BACKENDS, TABLE, Samples, cluster_key
from tests.sim.simulator import Simulator
from tests.sim.test_simulator_agrees import comparable, http_port, real

CONFIGURATIONS = 12
CALLS = 100
LISTS, TREES = 1_000, 1

pytestmark = pytest.mark.envoy


class Shape(NamedTuple):
    scoped: bool
    tree_from: int


SHAPES = [Shape(scoped, tree) for scoped in (False, True) for tree in (LISTS, TREES)]


@pytest.fixture(scope="module")
def backends() -> Iterator[dict[str, Echo]]:
    with echoes(*BACKENDS) as servers:
        yield servers


def test_every_shape_gives_the_answers_of_a_plain_list(backends: dict[str, Echo]) -> None:
    samples = Samples(seed=11)
    clusters = [render.cluster(model.Cluster(cluster_key(name))) for name in backends]
    endpoints = [
        render.endpoints(model.Endpoints(cluster_key(n), (model.Endpoint("127.0.0.1", s.port),)))
        for n, s in backends.items()
    ]
    tables: list[dict[str, Any]] = []
    scoped: dict[str, list[dict[str, Any]]] = {}
    listeners: list[dict[str, Any]] = []
    plain: list[Simulator] = []
    for number in range(CONFIGURATIONS):
        hosts = samples.virtual_hosts()
        for at, shape in enumerate(SHAPES):
            port = http_port(number * len(SHAPES) + at)
            key = TABLE._replace(gateway=port.key.gateway)
            kept = frozenset([key]) if shape.scoped else frozenset()
            listeners.append(render.listener(port, render.Defaults(), kept))
            if shape.scoped:
                scoped[render.names.table(key)] = scopes(key, hosts, shape.tree_from)
            else:
                tables.append(table(key, hosts, shape.tree_from))
        first = tables[-2]
        assert all("routes" in host for host in first["virtual_hosts"])
        plain.append(Simulator([listeners[-len(SHAPES)]], [first], clusters))
    whole = bootstrap(listeners, tables, clusters, endpoints, scoped=scoped)
    with running(whole) as envoy:
        for number, simulator in enumerate(plain):
            mine = listeners[number * len(SHAPES) : (number + 1) * len(SHAPES)]
            connections = [
                http.client.HTTPConnection("127.0.0.1", envoy.ports[each["name"]], timeout=10)
                for each in mine
            ]
            for _ in range(CALLS):
                call = Call(80, *samples.call())
                expected = {comparable(each) for each in simulator.ask(call)}
                for shape, connection in zip(SHAPES, connections, strict=True):
                    assert real(connection, call) in expected, (shape, call)
            for connection in connections:
                connection.close()
