"""`portway check` on the guides' manifests as they are printed names each trap (S1 to S5, S7).

What a reader of a guide pastes, before anything is served: no Envoy is started.
"""

import json
from pathlib import Path
from typing import Any

from tests.wire import seeds
from tests.wire.harness import manifests
from tests.wire.harness.certificates import Authority
from tests.wire.harness.manifests import Document

DOMAIN, ROUTE = "runai.mycorp.local", "knative-serving-httproute"
GUIDES_HOST = "*.runai-inference.mycorp.local"


def page(domain: str = DOMAIN, gateway_class: str = "portway") -> list[Document]:
    """The Run:ai page: its Gateway with the three listeners, and its route for Knative, which has
    a host of its own."""
    site = seeds.documents("runai-host-mode")
    gateway, route = seeds.pick(site, "Gateway"), seeds.pick(site, "HTTPRoute", ROUTE)
    gateway["spec"]["gatewayClassName"] = gateway_class
    for listener in gateway["spec"]["listeners"]:
        listener["hostname"] = listener["hostname"].replace(DOMAIN, domain)
    route["spec"]["hostnames"] = [GUIDES_HOST]
    return [gateway, route]


async def check(tmp_path: Path, site: list[Document]) -> tuple[int, dict[str, list[Any]], str]:
    """Exit status, findings by code, and what a terminal shows."""
    manifests.write(tmp_path / "page.yaml", site)
    folder = str(tmp_path)
    code, text = await seeds.portway_command("check", folder, "-o", "json")
    found: dict[str, list[Any]] = {}
    for each in json.loads(text):
        found.setdefault(each["code"], []).append(each)
    again, shown = await seeds.portway_command("check", folder)
    assert again == code
    return code, found, shown


async def test_the_page_as_printed_names_every_trap(tmp_path: Path) -> None:
    """S1, S2, S4, S5 in one go, as somebody meets them."""
    code, found, shown = await check(tmp_path, page())
    assert code == 1
    (closed,) = found["PW012"]  # S1: namespaces
    assert "routes of the Gateway's namespace runai only" in closed["message"]
    assert closed["message"].endswith("the route is in knative-serving")
    assert "on listener https-inference of Gateway runai/runai-gateway" in closed["cure"]
    for way in ("kubernetes.io/metadata.name: knative-serving", "{from: All}"):
        assert way in closed["cure"]
    (apart,) = found["PW013"]  # S2: hostnames
    assert f"{GUIDES_HOST} (route) and *.runai-inference.{DOMAIN} (listener" in apart["cure"]
    (sni,) = found["PW060"]  # S4: no server name
    assert f"curl --resolve {DOMAIN}:443:" in sni["cure"]
    (names,) = found["PW061"]  # S5: the record the page forgets
    for name in (DOMAIN, f"*.{DOMAIN}", GUIDES_HOST):
        assert name in names["message"]
    assert f"no other record covers {GUIDES_HOST}" in names["message"]
    assert {each["file"] for each in (closed, apart, sni, names)} == {str(tmp_path / "page.yaml")}
    for trap in ("PW012", "PW013", "PW060", "PW061"):
        assert trap in shown
    assert shown.count("\n") < 60  # What is shown can be read.


async def test_what_the_cures_say_cures(tmp_path: Path, authority: Authority) -> None:
    """The page, changed as the findings say, has none of these errors left."""
    gateway, route = page()
    inference = gateway["spec"]["listeners"][2]
    labels = {"kubernetes.io/metadata.name": "knative-serving"}
    chosen = {"from": "Selector", "selector": {"matchLabels": labels}}
    inference["allowedRoutes"] = {"namespaces": chosen}
    route["spec"]["hostnames"] = [inference["hostname"]]
    made = [
        authority.certificate(each["hostname"]).secret(
            each["tls"]["certificateRefs"][0]["name"], "runai"
        )
        for each in gateway["spec"]["listeners"]
    ]
    endpoint = manifests.service("kourier", "127.0.0.1:9", namespace="knative-serving")
    code, found, _ = await check(tmp_path, [gateway, route, endpoint, *made])
    assert code == 0
    assert not {"PW012", "PW013", "PW020", "PW023", "PW040"} & set(found)


async def test_a_secret_in_the_namespace_of_another_guide_is_found(
    tmp_path: Path, authority: Authority
) -> None:
    """S3: the inference certificate was made in `knative-serving`, as another page says."""
    name = "runai-cluster-inference-tls-secret"
    made = authority.certificate(f"*.runai-inference.{DOMAIN}").secret(name, "knative-serving")
    _, found, _ = await check(tmp_path, [*page(), made])
    (missing,) = [each for each in found["PW040"] if name in each["message"]]
    assert f"runai/{name}" in missing["message"]
    assert "knative-serving" in missing["cure"]


async def test_placeholders_and_the_guides_class_are_recognised(tmp_path: Path) -> None:
    """R3: nothing replaced yet: the placeholder is named; then the class that is not there."""
    code, found, _ = await check(tmp_path, page("<CLUSTER_DOMAIN>"))
    assert code == 1
    assert len(found["PW001"]) == 3
    assert all("<CLUSTER_DOMAIN>" in each["cure"] for each in found["PW001"])
    assert found["PW010"][0]["cure"] == "correct Gateway runai/runai-gateway first"
    code, found, _ = await check(tmp_path, page(gateway_class="kgateway"))
    assert code == 1
    assert "kgateway" in found["PW030"][0]["message"]
    assert "portway" in found["PW030"][0]["cure"]


async def test_a_class_of_another_controller_is_told(tmp_path: Path) -> None:
    """K2: KServe's class as the guide prints it is another controller's."""
    site = seeds.documents("kserve")
    controller = "gateway.envoyproxy.io/gatewayclass-controller"
    seeds.pick(site, "GatewayClass")["spec"]["controllerName"] = controller
    _, found, _ = await check(tmp_path, site)
    (told,) = found["PW031"]
    assert controller in told["message"]
    assert "portway.dev/gateway-controller" in told["cure"]
