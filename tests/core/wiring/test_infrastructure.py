"""What is to be made for Gateways follows them, their ports and their parameters."""

import json
from dataclasses import replace
from typing import Any

from portway.app import pool_pickers
from portway.core import api, infra, model
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.infrastructure import KEEP
from tests.core import site

WEB = site.key("Gateway", "web")
DEFAULTS = infra.Defaults("portway:1", "xds:1", "portway.dev/gateway-controller")


def gateway(port: int = 80, **more: Any) -> Any:
    event = site.gateway(port=port)
    document = {
        "apiVersion": site.GATEWAY_API,
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "default", "uid": "u1"},
        "spec": {
            "gatewayClassName": "portway",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": port}],
            **more,
        },
    }
    assert event.name == "web"
    return site.event(document)


def parameters(**spec: Any) -> Any:
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "ProxyConfig", "spec": spec}
    return site.event({**document, "metadata": {"name": "own", "namespace": "default"}})


OWN = {"parametersRef": {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}}


def made(schema: Schema, *events: Any) -> Core:
    core = Core(schema, strict=True, proxies=DEFAULTS)
    core.apply([site.gateway_class(), *events])
    core.settle()
    core.inputs.placements.set(WEB, model.Placement(("0.0.0.0",), 10000, "", ()))
    return core


def kinds(found: bytes | None) -> dict[str, Any]:
    return {each["kind"]: each for each in json.loads(found or b"[]")}


def test_it_is_told_with_the_turn_and_only_when_it_changes(schema: Schema) -> None:
    core = made(schema, gateway())
    found = kinds(core.settle().manifests[WEB])
    (port,) = found["Service"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, 10080)
    assert found["Deployment"]["metadata"]["ownerReferences"][0]["uid"] == "u1"
    core.apply([site.service("app"), site.route("app")])
    assert core.settle().manifests == {}
    core.apply([gateway(8080)])
    (port,) = kinds(core.settle().manifests[WEB])["Service"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (8080, 8080)
    core.apply([site.gone("Gateway", "web")])
    assert core.settle().manifests == {WEB: None}


def test_it_follows_the_parameters(schema: Schema) -> None:
    core = made(schema, gateway(infrastructure=OWN), parameters(replicas=5))
    assert kinds(core.settle().manifests[WEB])["Deployment"]["spec"]["replicas"] == 5
    core.apply([parameters(replicas=6)])
    assert kinds(core.settle().manifests[WEB])["Deployment"]["spec"]["replicas"] == 6


def test_a_mistake_keeps_what_there_is(schema: Schema) -> None:
    core = made(schema, gateway(infrastructure=OWN), parameters(replicas=5))
    core.settle()
    core.apply([site.gone("ProxyConfig", "own")])
    turn = core.settle()
    assert turn.manifests == {WEB: KEEP}
    status = core.statuses()[WEB]
    (accepted,) = [each for each in status["conditions"] if each["type"] == "Accepted"]
    assert (accepted["status"], accepted["reason"]) == ("False", "InvalidParameters")


def test_a_mistake_takes_away_no_access_log(schema: Schema) -> None:
    """What a proxy writes down is configuration as much as its routes are."""

    def logged() -> list[bool]:
        core.settle()
        listeners = [each for each in core.resources() if each.type_url.endswith(".Listener")]
        return [b"X-TEAM" in each.body for each in listeners]

    good = parameters(accessLog={"requestHeaders": ["x-team"]})
    core = made(schema, gateway(infrastructure=OWN), good)
    assert logged() == [True]
    for wrong in (
        parameters(accessLog={"requestHeaders": ["cookie"]}),
        parameters(replicas=7, envoyFlags=["--config-path=x"]),
        site.gone("ProxyConfig", "own"),
    ):
        core.apply([wrong])
        assert logged() == [True]
        found = site.condition(core, "Gateway", "web", "Accepted")
        assert found == ("False", "InvalidParameters")
    core.apply([parameters()])
    assert logged() == [False]


def test_a_gateway_with_nothing_to_serve_keeps_what_there_is(schema: Schema) -> None:
    core = made(schema, gateway())
    core.settle()
    secure = {"name": "https", "protocol": "HTTPS", "port": 443}
    core.apply([gateway(listeners=[{**secure, "tls": {"certificateRefs": [{"name": "none"}]}}])])
    assert core.settle().manifests == {WEB: KEEP}


def pool(name: str = "llama", wanted: str = "process", **spec: Any) -> api.Event:
    document = {
        "apiVersion": "inference.networking.k8s.io/v1",
        "kind": "InferencePool",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": "p1",
            "annotations": {"portway.dev/picker": wanted},
        },
        "spec": {"selector": {"matchLabels": {"app": "a"}}, "targetPorts": [{"number": 1}], **spec},
    }
    (found,) = pool_pickers.told((site.event(document),))
    return found


def test_a_pool_has_a_picker_for_as_long_as_it_asks(schema: Schema) -> None:
    core = Core(schema, strict=True, proxies=replace(DEFAULTS, picker_role="r"))
    key = site.key("InferencePool", "llama")
    core.apply([site.gateway_class(), pool()])
    found = kinds(core.settle().manifests[key])
    assert found["Deployment"]["metadata"]["ownerReferences"][0]["uid"] == "p1"
    # What is in it, and where its endpoints are, is nothing to what is made.
    core.apply([pool(targetPorts=[{"number": 2}])])
    assert core.settle().manifests == {}
    for later in (pool(wanted=""), site.gone("InferencePool", "llama")):
        core.apply([later])
        assert core.settle().manifests == {key: None}
        core.apply([pool()])
        core.settle()


def test_a_pool_may_name_the_picker_it_asks_for_and_no_other(schema: Schema) -> None:
    core = Core(schema, strict=True, proxies=replace(DEFAULTS, picker_role="r"))
    named = {"name": "llama-picker", "port": {"number": 9002}}
    core.apply([site.gateway_class(), pool(endpointPickerRef=named)])
    assert "Deployment" in kinds(core.settle().manifests[site.key("InferencePool", "llama")])
    core.apply([pool(endpointPickerRef={**named, "name": "another"})])
    assert core.settle().manifests == {site.key("InferencePool", "llama"): None}


def test_without_a_role_no_picker_is_made(schema: Schema) -> None:
    core = Core(schema, strict=True, proxies=DEFAULTS)
    core.apply([site.gateway_class(), pool()])
    assert core.settle().manifests == {}


def test_on_one_machine_nothing_is_made(schema: Schema) -> None:
    core = site.core(schema)
    assert core.infrastructure is None
    assert core.settle().manifests == {}


def test_the_address_is_that_of_the_service(schema: Schema) -> None:
    core = made(schema, gateway())
    core.settle()

    def programmed() -> tuple[str, str, list[Any]]:
        status = core.statuses()[WEB]
        (found,) = [each for each in status["conditions"] if each["type"] == "Programmed"]
        return found["status"], found["reason"], status["addresses"]

    for each in core.resources():
        core.inputs.acknowledge({each.key: each.version})
    core.settle()
    assert programmed() == ("False", "AddressNotAssigned", [])
    reached = ("lb.example.com", "192.0.2.7")
    core.inputs.placements.set(WEB, model.Placement(("0.0.0.0",), 10000, "", reached))
    core.settle()
    assert programmed() == (
        "True",
        "Programmed",
        [
            {"type": "IPAddress", "value": "192.0.2.7"},
            {"type": "Hostname", "value": "lb.example.com"},
        ],
    )
    # Where it is reached is nothing to the proxies.
    assert core.settle().resources == ()


def test_a_wanted_address_is_waited_for_and_then_missed(schema: Schema) -> None:
    core = made(schema, gateway(addresses=[{"type": "IPAddress", "value": "192.0.2.9"}]))
    core.settle()

    def reason() -> str:
        (found,) = [
            each for each in core.statuses()[WEB]["conditions"] if each["type"] == "Programmed"
        ]
        return str(found["reason"])

    assert reason() == "AddressNotAssigned"
    core.inputs.placements.set(WEB, model.Placement(("0.0.0.0",), 10000, "", ("192.0.2.7",)))
    core.settle()
    assert reason() == "AddressNotUsable"


def test_what_a_gateway_wants_to_be_written_down_is_its_own_and_its_proxies(
    schema: Schema,
) -> None:
    def logs(core: Core) -> list[bool]:
        core.settle()
        listeners = [each for each in core.resources() if each.type_url.endswith(".Listener")]
        return [b"StdoutAccessLog" in each.body for each in listeners]

    events = (gateway(infrastructure=OWN), parameters(accessLog={}))
    assert logs(made(schema, *events)) == [True]
    core = made(schema, gateway(), parameters(accessLog={}))
    assert logs(core) == [False]
    core.apply([gateway(infrastructure=OWN)])
    assert logs(core) == [True]
    core.apply([parameters(accessLog={"enabled": False})])
    assert logs(core) == [False]
    # On one machine the proxy is everybody's, and so is its log.
    assert logs(site.core(schema, *events)) == [False]
