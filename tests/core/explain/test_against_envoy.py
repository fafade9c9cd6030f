"""Explain and Envoy, asked the same questions about the same routes, give the same answers.

The routes go the whole way (translated, rendered), then every forwarding action is replaced by an
answer that names the route and the rule it came from. What is compared is therefore the choice of
virtual host and rule, redirects, preflights, and the answers to requests that match nothing.
"""

import http.client
import json
import random
from typing import Any

import pytest

from portway.adapters.envoy import binary, descriptors
from portway.core import api, model, render
from portway.core.explain import Explanation, explain, from_url
from portway.core.schema import Schema
from portway.core.wiring import Core, CoreView

HOSTS = ["a.example.com", "b.example.com", "*.example.com", "*.b.example.com", "*.org"]
PATHS = ["/", "/a", "/a/b", "/a/b/", "/ab", "/A"]
ASKED_HOSTS = [
    "a.example.com", "A.example.com:8080", "b.example.com.", "x.example.com", "y.b.example.com",
    "example.com", "z.org", "nowhere.net",
]  # fmt: skip
ASKED_PATHS = [
    "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/abc", "/A", "//a", "/a/../ab", "/%61/b", "/a%2fb",
]  # fmt: skip
GATEWAY = model.ObjectKey("Gateway", "default", "web")


def _gateway() -> dict[str, Any]:
    listeners = [
        {"name": "example", "port": 8080, "protocol": "HTTP", "hostname": "*.example.com"},
        {"name": "one", "port": 8080, "protocol": "HTTP", "hostname": "b.example.com"},
        {"name": "org", "port": 8080, "protocol": "HTTP", "hostname": "*.org"},
    ]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web"},
        "spec": {"gatewayClassName": "portway", "listeners": listeners},
    }


def _match(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(["Exact", "PathPrefix", "PathPrefix", "RegularExpression"])
    value = rng.choice(PATHS)
    if kind == "RegularExpression":
        value = rng.choice(["/a.*", "/[ab]+", "/.*/b"])
    match: dict[str, Any] = {"path": {"type": kind, "value": value}}
    if rng.random() < 0.3:
        match["method"] = rng.choice(["GET", "POST"])
    if rng.random() < 0.3:
        match["headers"] = [{"name": "X-Model", "value": rng.choice(["s", "l"])}]
    if rng.random() < 0.25:
        named = {"name": "X-Gateway-Model-Name", "value": rng.choice(["m", "n"])}
        match["headers"] = [*match.get("headers", []), named]
    if rng.random() < 0.2:
        match["queryParams"] = [{"name": "q", "value": rng.choice(["1", "2"])}]
    return match


def _rule(rng: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {"matches": [_match(rng) for _ in range(rng.randint(1, 2))]}
    if rng.random() < 0.2:
        redirect = {"scheme": "https", "statusCode": 301, "hostname": "to.example.com"}
        rule["filters"] = [{"type": "RequestRedirect", "requestRedirect": redirect}]
    else:
        rule["backendRefs"] = [{"name": "backend", "port": 80}]
        if rng.random() < 0.3:
            allowed = {"allowOrigins": ["https://a.example.com"], "allowMethods": ["*"]}
            rule["filters"] = [{"type": "CORS", "cors": allowed}]
    return rule


def _route(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": f"r{number}",
            "creationTimestamp": f"2026-01-0{rng.randint(1, 3)}T00:00:00Z",
        },
        "spec": {
            "parentRefs": [{"name": "web"}],
            "hostnames": rng.sample(HOSTS, rng.randint(1, 3)),
            "rules": [_rule(rng) for _ in range(rng.randint(1, 3))],
        },
    }


def _core(schema: Schema, rng: random.Random) -> Core:
    documents = [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": "portway"},
            "spec": {"controllerName": "portway.dev/gateway-controller"},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": "backend",
                "annotations": {"portway.dev/endpoints": "127.0.0.1:9"},
            },
            "spec": {"ports": [{"port": 80}]},
        },
        _gateway(),
        *(_route(rng, number) for number in range(25)),
    ]
    core = Core(schema)
    objects = [api.decode(each) for each in documents]
    core.apply([api.Event(each.kind, each.namespace, each.name, each) for each in objects])
    core.inputs.placements.set(GATEWAY, model.Placement(("127.0.0.1",)))
    core.settle()
    return core


def _static_listener(core: Core, schema: Schema) -> dict[str, Any]:
    """The rendered listener with its routes inside, and answers in place of backends."""
    decoded = {
        each.type_url.rpartition(".")[2]: schema.decode(
            each.type_url.removeprefix("type.googleapis.com/"), each.body
        )
        for each in core.resources()
    }
    listener, table = decoded["Listener"], decoded["RouteConfiguration"]
    for host in table["virtual_hosts"]:
        for route in host.get("routes", ()):
            forward = route.get("route", {})
            if forward and forward.get("cluster") != render.names.NO_BACKEND:
                del route["route"]
                _, namespace, name, rule = route["name"].split("/")
                body = f"{namespace}/{name} {rule}"
                route["direct_response"] = {"status": 200, "body": {"inline_string": body}}
                route.pop("typed_per_filter_config", None)
    listener["address"] = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    listener.pop("additional_addresses", None)
    chains = [*listener.get("filter_chains", []), listener.get("default_filter_chain")]
    chain: dict[str, Any] = next(each for each in chains if each)
    manager = chain["filters"][-1]["typed_config"]
    del manager["rds"]
    manager["route_config"] = table
    return listener


def _requests(rng: random.Random) -> list[tuple[str, str, str, dict[str, str], str | None]]:
    """Method, host, path, headers, and the model that the body names; None without a body."""
    asked = []
    for host in ASKED_HOSTS:
        for path in ASKED_PATHS:
            query = rng.choice(["", "?q=1", "?q=2&q=1"])
            headers = dict(rng.choice([{}, {"x-model": "s"}, {"x-model": "l"}]))
            headers |= rng.choice([{}, {}, {"x-gateway-model-name": "n"}])
            named = rng.choice([None, "", "m", "m", "n"])
            asked.append((rng.choice(["GET", "POST"]), host, path + query, headers, named))
            wanted = {"access-control-request-method": rng.choice(["GET", "POST", "PUT"])}
            preflight = {**headers, **wanted, "origin": "https://a.example.com"}
            asked.append(("OPTIONS", host, path, preflight, None))
    return asked


def _expected(found: Explanation) -> tuple[int, str]:
    if found.answer.kind in ("redirect", "respond"):
        return found.answer.status, found.answer.location
    winner = found.traces[0].attempts[-1]
    route = winner.route.removeprefix("HTTPRoute ")
    return 200, f"{route} {winner.rule.removeprefix('rules[').removesuffix(']')}"


def _got(
    port: int, method: str, host: str, path: str, headers: dict[str, str], named: str | None
) -> tuple[int, str]:
    body = None if named is None else json.dumps({"model": named} if named else {})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, headers={"Host": host, **headers})
        response = connection.getresponse()
        text = response.read().decode()
        return response.status, response.headers.get("location") or text
    finally:
        connection.close()


@pytest.mark.envoy
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_answers(envoy: Any, seed: int) -> None:
    rng = random.Random(seed)
    schema = Schema(descriptors.load(binary.locate()))
    core = _core(schema, rng)
    port = envoy(_static_listener(core, schema))
    different, kinds = [], set()
    for method, host, path, headers, named in _requests(rng):
        asked = from_url(
            method,
            f"http://127.0.0.1:8080{path}",
            [f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())],
            model=named,
        )
        expected = _expected(explain(CoreView(core), asked))
        got = _got(port, method, host, path, headers, named)
        kinds.add(got[0])
        if method == "OPTIONS":
            # The filter's own answer has no body, the one that stands for a backend has.
            expected, got = (expected[0], ""), (got[0], "")
        if expected != got:
            different.append((method, host, path, headers, named, expected, got))
    assert different == []
    assert kinds == {200, 301, 307, 404}
