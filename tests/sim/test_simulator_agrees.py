"""The simulator against a real Envoy: the same random configurations, the same calls."""

import http.client
import json
from collections.abc import Iterator

import pytest

from portway.core import model, render
from tests.sim.bootstrap import bootstrap, table
from tests.sim.echo import Echo, echoes
from tests.sim.proxy import running
from tests.sim.requests import Call
from tests.sim.samples import BACKENDS, GATEWAY, TABLE, Samples, cluster_key
from tests.sim.simulator import Answer, Simulator

CONFIGURATIONS = 16
CALLS = 60
WATCHED = ("x-one", "x-two", "x-three")

pytestmark = pytest.mark.envoy


def http_port(number: int) -> model.Port:
    """An HTTP port of a Gateway of its own, so that listener names differ."""
    gateway = GATEWAY._replace(name=f"web{number}")
    listener = model.Listener(
        model.ListenerKey(gateway, gateway, "http"), 80, "HTTP", "", model.AllowedRoutes(())
    )
    return model.Port(model.PortKey(gateway, 80), "HTTP", ("127.0.0.1",), 80, (listener,))


@pytest.fixture(scope="module")
def backends() -> Iterator[dict[str, Echo]]:
    with echoes(*BACKENDS) as servers:
        yield servers


def real(connection: http.client.HTTPConnection, call: Call) -> Answer:
    """What Envoy answers, without what cannot be seen from outside (the origin)."""
    connection.putrequest(call.method, call.path, skip_host=True, skip_accept_encoding=True)
    for name, value in (("host", call.host), *call.headers):
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    if not body or response.status == 503:
        return Answer(status=response.status, location=response.headers.get("location", ""))
    said = json.loads(body)
    headers = [(name, value) for name, value in said["headers"] if name in WATCHED]
    host = next(value for name, value in said["headers"] if name == "host")
    cluster = render.names.cluster(cluster_key(said["backend"]))
    return Answer(False, cluster, said["path"], host, tuple(sorted(headers)))


def comparable(answer: Answer) -> Answer:
    headers = (each for each in answer.headers if each[0] in WATCHED)
    return answer._replace(origin="", headers=tuple(sorted(headers)))


def test_simulator_and_envoy_give_the_same_answers(backends: dict[str, Echo]) -> None:
    samples = Samples(seed=7)
    clusters = [render.cluster(model.Cluster(cluster_key(name))) for name in backends]
    endpoints = [
        render.endpoints(model.Endpoints(cluster_key(n), (model.Endpoint("127.0.0.1", s.port),)))
        for n, s in backends.items()
    ]
    ports = [http_port(number) for number in range(CONFIGURATIONS)]
    listeners = [render.listener(port, render.Defaults()) for port in ports]
    tables = [
        table(TABLE._replace(gateway=port.key.gateway), samples.virtual_hosts()) for port in ports
    ]
    several = 0
    with running(bootstrap(listeners, tables, clusters, endpoints)) as envoy:
        for listener, routes in zip(listeners, tables, strict=True):
            simulator = Simulator([listener], [routes], clusters)
            connection = http.client.HTTPConnection(
                "127.0.0.1", envoy.ports[listener["name"]], timeout=10
            )
            for _ in range(CALLS):
                host, path, method, headers = samples.call()
                call = Call(80, host, path, method, headers)
                expected = simulator.ask(call)
                several += len(expected) > 1
                assert sum(expected.values()) == 1
                assert real(connection, call) in {comparable(each) for each in expected}, call
            connection.close()
    assert several > 20, "too few calls with more than one possible answer"


def test_shares_with_routes_of_their_own_get_their_part(backends: dict[str, Echo]) -> None:
    """Weights 1:2:1 where the filters force a route per share, so fractions have to add up."""
    match = model.Match()
    to = model.PathEdit("ReplaceFullPath", "/rewritten")
    shares = (
        model.Share(1, cluster_key("a"), (model.Rewrite(path=to),)),
        model.Share(2, cluster_key("b"), (model.Redirect(hostname="b.example"),)),
        model.Share(1, None),
    )
    rule = model.Rule(0, (match,), model.Forward(shares))
    route = model.HostRoute(model.ObjectKey("HTTPRoute", "shop", "r"), rule, match)
    port = http_port(0)
    routes = table(
        TABLE._replace(gateway=port.key.gateway), [model.VirtualHost("*", 80, "http", (route,))]
    )
    clusters = [render.cluster(model.Cluster(cluster_key("a")))]
    listener = render.listener(port, render.Defaults())
    call = Call(80, "x.com")
    expected = Simulator([listener], [routes], clusters).ask(call)
    total = 800
    counted: dict[int, int] = {}
    with running(bootstrap([listener], [routes], clusters)) as envoy:
        connection = http.client.HTTPConnection(
            "127.0.0.1", envoy.ports[listener["name"]], timeout=10
        )
        for _ in range(total):
            status = real(connection, call).status
            counted[status] = counted.get(status, 0) + 1
        connection.close()
    # Backend a has no endpoint here: 503. Five standard deviations of 800 draws are under 0.09.
    shares_seen = {status: count / total for status, count in counted.items()}
    shares_told = {a.status or 503: float(share) for a, share in expected.items()}
    assert shares_told == {503: 0.25, 302: 0.5, 500: 0.25}
    assert shares_seen == {k: pytest.approx(v, abs=0.09) for k, v in shares_told.items()}
