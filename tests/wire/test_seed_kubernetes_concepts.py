"""The Kubernetes documentation's concept page, on its own three minimal manifests (C1 to C10)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.wire import seeds
from tests.wire.harness import http, manifests
from tests.wire.harness.manifests import Document
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

GATEWAY, ROUTE, HOST = "default/example-gateway", "default/example-httproute", "www.example.com"
FOREIGN = {
    "apiVersion": manifests.GATEWAY_API,
    "kind": "GatewayClass",
    "metadata": {"name": "other"},
    "spec": {"controllerName": "example.com/gateway-controller"},
}


def page(endpoint: str) -> list[Document]:
    return seeds.documents("kubernetes-concepts", endpoints={"example-svc": endpoint})


async def start(portway: Portway, site: list[Document]) -> Callable[..., Awaitable[seeds.Reply]]:
    """Serves the page; returns a client for its Gateway."""
    portway.write("page", site)
    await seeds.serving(portway, [GATEWAY], [ROUTE])
    address, port = await seeds.where(portway, GATEWAY, 80)

    def ask(path: str, host: str = HOST) -> Awaitable[seeds.Reply]:
        return seeds.get(f"http://{address}:{port}{path}", host=host)

    return ask


async def test_the_class_is_accepted_and_says_what_it_can(tmp_path: Path) -> None:
    """C1, C2: Accepted=True of the present generation, features sorted by name."""
    async with Portway(tmp_path) as portway:
        portway.write("page", seeds.documents("kubernetes-concepts"))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        status = await portway.object_status("GatewayClass", "example-class", "")
        assert seeds.conditions(status)["Accepted"] == ("True", "Accepted")
        assert [each["observedGeneration"] for each in status["conditions"]] == [1]
        names = [each["name"] for each in status["supportedFeatures"]]
        assert {"Gateway", "HTTPRoute"} <= set(names)
        assert names == sorted(names)


async def test_only_gateways_of_our_classes_are_touched(tmp_path: Path) -> None:
    """C3, C4: a class nobody has and a class of another controller leave a Gateway without any
    status; a route with a parent of each has a status for ours alone; when the class names our
    controller, the Gateway is served."""
    async with Origin("example-svc") as app, Portway(tmp_path) as portway:
        site = page(app.endpoint)
        seeds.pick(site, "HTTPRoute")["spec"]["parentRefs"].append({"name": "foreign"})
        listeners = [manifests.listener("http", 8080)]
        foreign = manifests.gateway("foreign", listeners, gateway_class="other")
        unknown = manifests.gateway("unknown", listeners, gateway_class="nobody")
        portway.write("others", [FOREIGN, foreign, unknown])
        await start(portway, site)
        for name in ("foreign", "unknown"):
            assert await portway.object_status("Gateway", name) is None
        assert await portway.object_status("GatewayClass", "other", "") is None
        parents = (await portway.object_status("HTTPRoute", "example-httproute"))["parents"]
        assert [each["parentRef"]["name"] for each in parents] == ["example-gateway"]
        assert {each["controllerName"] for each in parents} == {"portway.dev/gateway-controller"}
        ours = {**FOREIGN, "spec": {"controllerName": "portway.dev/gateway-controller"}}
        portway.write("others", [ours, foreign, unknown])
        await seeds.serving(portway, ["default/foreign"], [ROUTE])
        address, port = await seeds.where(portway, "default/foreign", 8080)
        assert (await seeds.get(f"http://{address}:{port}/login", host=HOST)).status == 200


async def test_paths_match_by_segment_and_hosts_exactly(tmp_path: Path) -> None:
    """C5, C7: an address is assigned; /login and below are routed, /loginx and other hosts not."""
    async with Origin("example-svc") as app, Portway(tmp_path) as portway:
        ask = await start(portway, page(app.endpoint))
        for path in ("/login", "/login/", "/login/x?y=1"):
            answer = await ask(path)
            assert (answer.status, answer.json["path"]) == (200, path)
        for path, host in (("/loginx", HOST), ("/", HOST), ("/login", "other.example.com")):
            assert (await ask(path, host)).status == 404
        assert len(app.requests) == 3


async def test_a_route_attaches_only_when_both_sides_agree(tmp_path: Path) -> None:
    """C6: each refusal has its reason, and each is healed by the side that refused."""
    async with Origin("example-svc") as app, Portway(tmp_path) as portway:
        site = page(app.endpoint)
        listener = seeds.pick(site, "Gateway")["spec"]["listeners"][0]
        await start(portway, site)
        team = {"team": "web"}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
        rule = manifests.rule(manifests.backend("example-svc", 8080))
        guest = manifests.http_route(
            "guest",
            "example-gateway",
            [rule],
            namespace="shop",
            parent_namespace="default",
            hostnames=["shop.org"],
        )
        service = manifests.service("example-svc", app.endpoint, port=8080, namespace="shop")
        portway.write("guest", [namespace, guest, service])
        await seeds.until_route(portway, "shop/guest", "Accepted", "NotAllowedByListeners")
        chosen = {"from": "Selector", "selector": {"matchLabels": team}}
        listener["allowedRoutes"] = {"namespaces": chosen}
        portway.write("page", site)
        await seeds.until_route(portway, ROUTE, "Accepted", "NotAllowedByListeners")
        portway.write("guest", [labelled(namespace, team), guest, service])
        await seeds.until_route(portway, "shop/guest", "Accepted", "Accepted")
        listener["hostname"] = "*.example.com"
        portway.write("page", site)
        await seeds.until_route(portway, "shop/guest", "Accepted", "NoMatchingListenerHostname")
        guest["spec"]["parentRefs"][0]["sectionName"] = "https"
        portway.write("guest", [labelled(namespace, team), guest, service])
        await seeds.until_route(portway, "shop/guest", "Accepted", "NoMatchingParent")
        listener["allowedRoutes"] = {"kinds": [{"kind": "GRPCRoute"}]}
        portway.write("page", site)
        await seeds.until_route(portway, ROUTE, "Accepted", "NotAllowedByListeners")


def labelled(namespace: Document, labels: dict[str, str]) -> Document:
    return {**namespace, "metadata": {**namespace["metadata"], "labels": labels}}


async def test_endpoints_come_and_go_without_touching_the_route(tmp_path: Path) -> None:
    """C8: other endpoints are used at once; none gives 503, no Service 500 and BackendNotFound."""
    async with Origin("old") as old, Origin("new") as new, Portway(tmp_path) as portway:
        site = page(old.endpoint)
        service = [seeds.pick(site, "Service")]
        portway.write("service", service)
        ask = await start(portway, seeds.without(site, "Service"))
        assert (await ask("/login")).json["service"] == "old"
        seeds.put(service, "example-svc", new.endpoint)
        portway.write("service", service)
        await seeds.until_reply(portway, lambda: ask("/login"), 200, "new")
        del service[0]["metadata"]["annotations"]
        portway.write("service", service)
        await seeds.until_reply(portway, lambda: ask("/login"), 503)
        portway.remove("service")
        await seeds.until_reply(portway, lambda: ask("/login"), 500)
        assert (await seeds.route(portway, ROUTE))["ResolvedRefs"] == ("False", "BackendNotFound")


async def test_a_request_takes_the_six_steps_of_the_page(tmp_path: Path) -> None:
    """C9, C10: URL, name resolution, Host, header match, header edits, weighted backends; by
    fields of the standard kinds alone."""
    async with Origin("stable") as stable, Origin("canary") as canary, Portway(tmp_path) as portway:
        site = page(stable.endpoint)
        edit = {"set": [{"name": "X-Step", "value": "five"}], "remove": ["X-Secret"]}
        matches = [{"path": {"value": "/login"}, "headers": [{"name": "X-Team", "value": "qa"}]}]
        filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": edit}]
        old = manifests.backend("example-svc", 8080, weight=90)
        new = manifests.backend("canary", 8080, weight=10)
        site.append(manifests.service("canary", canary.endpoint, port=8080))
        seeds.pick(site, "HTTPRoute")["spec"]["rules"] = [
            manifests.rule({**new, "weight": 1}, matches=matches, filters=filters),
            manifests.rule(old, new, matches=[{"path": {"value": "/login"}}]),
        ]
        await start(portway, site)
        address, port = await seeds.where(portway, GATEWAY, 80)
        url = f"http://{HOST}/login"
        async with http.client(address, ports={80: port}) as client:
            told = await client.get(url, headers={"X-Team": "qa", "X-Secret": "s"})
            assert told.json()["service"] == "canary"
            assert told.json()["headers"]["x-step"] == ["five"]
            assert "x-secret" not in told.json()["headers"]
            answers = await asyncio.gather(*(client.get(url) for _ in range(500)))
        shares = Counter(answer.json()["service"] for answer in answers)
        assert 20 <= shares["canary"] <= 85  # 10 % of 500, four deviations either way
        assert shares.total() == 500
