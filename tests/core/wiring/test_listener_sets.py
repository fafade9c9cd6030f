"""ListenerSets in the graph: what they change, and what they leave as it is."""

from typing import Any

import pytest

from portway.core import api, delta, model
from portway.core.analyze import analyze
from portway.core.explain import explain, from_url
from portway.core.schema import Schema
from portway.core.wiring import Core, Hold
from portway.core.wiring.origins import origins
from tests.core import site
from tests.core.wiring import tls_site

OPEN = {"allowedListeners": {"namespaces": {"from": "All"}}}
SECURE = {"protocol": "HTTPS", "port": 8443, "tls": {"certificateRefs": [{"name": "cert"}]}}


def gateway(*listeners: dict[str, Any]) -> api.Event:
    spec = {"gatewayClassName": "portway", "listeners": list(listeners), **OPEN}
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "Gateway",
            "metadata": {"name": "web"},
            "spec": spec,
        }
    )


def listener_set(name: str, *listeners: dict[str, Any], created: str = "") -> api.Event:
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "ListenerSet",
            "metadata": {"name": name, "creationTimestamp": created},
            "spec": {"parentRef": {"name": "web"}, "listeners": list(listeners)},
        }
    )


def listener(name: str, hostname: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "protocol": "HTTP", "port": 8080, "hostname": hostname, **more}


def made(schema: Schema, *events: api.Event) -> Core:
    own = gateway(
        listener("http", "www.example.com"),
        listener("tls", "www.example.com", **SECURE),
    )
    core = site.core(schema, own, tls_site.secret("cert"), site.route("app"), *events)
    acknowledge(core)
    return core


def acknowledge(core: Core) -> None:
    for each in core.resources():
        core.inputs.acknowledge({each.key: each.version})
    core.settle()


def resources(core: Core) -> dict[tuple[str, str], bytes]:
    return {each.key: each.body for each in core.resources()}


def conditions(document: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["status"] for each in document["conditions"]}


ADDED = listener_set(
    "more",
    listener("http", "more.example.com"),
    listener("tls", "more.example.com", **SECURE),
    listener("own", "more.example.com", port=9090),
    created="2026-01-01T00:00:00Z",
)


def test_a_set_that_comes_and_goes_leaves_everything_as_it_was(schema: Schema) -> None:
    core = made(schema)
    before = resources(core)
    core.apply([ADDED])
    core.settle()
    during = resources(core)
    changed = {name for _, name in before if before[_, name] != during[_, name]}
    # The port of the TLS listeners has a further chain; tables have further hosts.
    assert changed == {"default/web/8443", "default/web/8080", "default/web/8443/tls"}
    listeners = {name for kind, name in before if kind.endswith(".Listener")}
    assert before[delta.LDS, "default/web/8080"] == during[delta.LDS, "default/web/8080"]
    assert "default/web/8080" in listeners
    assert {name for _, name in during.keys() - before.keys()} == {
        "default/web/9090",
        "default/web/8443/default/more/tls",
    }
    core.apply([site.gone("ListenerSet", "more")])
    core.settle()
    assert resources(core) == before


def test_what_somebody_adds_makes_nothing_less_programmed(schema: Schema) -> None:
    core = made(schema)
    web, more = site.key("Gateway", "web"), site.key("ListenerSet", "more")
    core.apply([ADDED])
    core.settle()
    status = core.statuses()
    assert conditions(status[web])["Programmed"] == "True"
    for each in status[web]["listeners"]:
        assert conditions(each)["Programmed"] == "True"
    assert conditions(status[more]) == {"Accepted": "True", "Programmed": "False"}
    told = {each["name"]: conditions(each)["Programmed"] for each in status[more]["listeners"]}
    assert told["tls"] == told["own"] == "False"
    acknowledge(core)
    status = core.statuses()
    assert conditions(status[more]) == {"Accepted": "True", "Programmed": "True"}
    assert status[web]["attachedListenerSets"] == 1


def test_a_conflict_ends_when_the_older_set_goes(schema: Schema) -> None:
    older = listener_set("older", listener("a", "a.com"), created="2026-01-01T00:00:00Z")
    newer = listener_set("newer", listener("a", "a.com"), created="2026-01-02T00:00:00Z")
    core = made(schema, newer, older)
    assert site.condition(core, "ListenerSet", "older", "Accepted") == ("True", "Accepted")
    expected = ("False", "ListenersNotValid")
    assert site.condition(core, "ListenerSet", "newer", "Accepted") == expected
    core.apply([site.gone("ListenerSet", "older")])
    core.settle()
    acknowledge(core)
    assert site.condition(core, "ListenerSet", "newer", "Accepted") == ("True", "Accepted")
    assert site.condition(core, "ListenerSet", "newer", "Programmed") == ("True", "Programmed")


@pytest.mark.parametrize("stand_in", [True, False])
def test_a_set_that_the_proxy_refuses_is_held_and_says_so(schema: Schema, stand_in: bool) -> None:
    core = made(schema)
    before = listener_set("more", listener("own", "before.example.com", port=9090))
    now = listener_set("more", listener("own", "now.example.com", port=9091))
    core.apply([now])
    core.settle()
    key = site.key("ListenerSet", "more")
    refused = now.object
    assert refused is not None
    core.inputs.holds.set(key, Hold(refused, before.object if stand_in else None, "bad port"))
    core.settle()
    bound = {port.port for port, _ in core.ports.items()}
    assert bound == ({8080, 8443, 9090} if stand_in else {8080, 8443})
    assert site.condition(core, "ListenerSet", "more", "Programmed") == ("False", "Invalid")
    assert site.condition(core, "Gateway", "web", "Programmed") == ("True", "Programmed")


def test_whoever_has_a_listener_on_a_refused_port_is_a_suspect(schema: Schema) -> None:
    core = made(schema, ADDED)
    both = {site.key("Gateway", "web"), site.key("ListenerSet", "more")}
    assert both <= origins(core, [(delta.LDS, "default/web/8443")])
    assert both <= origins(core, [(delta.RDS, "default/web/8080")])
    assert origins(core, [(delta.LDS, "default/web/9090")]) == both


def test_tables_and_chains_of_two_owners_have_names_of_their_own(schema: Schema) -> None:
    core = made(schema, listener_set("more", listener("tls", "b.example.com", **SECURE)))
    names = {each.name for each in core.resources() if each.type_url == delta.RDS}
    assert names >= {"default/web/8443/tls", "default/web/8443/default/more/tls"}
    owners = {key.listener for key, _ in core.tables.items()}
    assert owners == {"", "tls", "default/more/tls"}
    assert {each.owner for each, _ in core.attached["HTTPRoute"].items()} <= {
        model.ObjectKey("Gateway", "default", "web")
    }


def test_explain_names_the_listener_of_a_set(schema: Schema) -> None:
    core = made(schema, ADDED)
    found = explain(core.view, from_url("GET", "https://more.example.com:8443/"))
    (trace,) = found.traces
    assert trace.listener == "default/more/tls"
    assert found.answer.status == 404
    own = explain(core.view, from_url("GET", "https://www.example.com:8443/"))
    assert own.traces[0].listener == "tls"


def test_what_is_wrong_with_a_set_is_found_by_check(schema: Schema) -> None:
    lost = listener_set("lost", listener("web", "www.example.com"), listener("tls", "x.com"))
    core = made(schema, lost)
    objects = [each for kind in core.inputs.admitted.values() for _, each in kind.items()]
    found = {
        (each.code, each.field)
        for each in analyze(core.view, objects)
        if each.object == site.key("ListenerSet", "lost")
    }
    assert found == {
        ("PW033", "spec.listeners[0]"),
        ("PW032", "spec"),
        ("PW036", "spec.listeners[1]"),
    }


@pytest.mark.parametrize(
    "bad",
    [
        [listener("web", "www.example.com")],
        [listener("web", "more.example.com"), listener("own", "more.example.com", port=9090)],
        [{"name": "raw", "protocol": "TCP", "port": 8080}],
        [{"name": "raw", "protocol": "TCP", "port": 9090}],
        [listener("odd", "odd.example.com", protocol="example.com/odd")],
    ],
)
def test_a_set_without_a_valid_listener_changes_nobodys_bytes(
    schema: Schema, bad: list[dict[str, Any]]
) -> None:
    core = made(schema, ADDED)
    before, told = resources(core), core.statuses()
    core.apply([listener_set("bad", *bad, created="2026-12-31T00:00:00Z")])
    turn = core.settle()
    assert resources(core) == before
    assert turn.resources == ()
    own = site.key("ListenerSet", "bad")
    assert {key: each for key, each in core.statuses().items() if key != own} == told
    assert site.condition(core, "ListenerSet", "bad", "Accepted") == (
        *("False", "ListenersNotValid"),
    )
