"""Which listeners take a route, and the words when none does."""

from typing import Any

import pytest

from portway.core import api, model, translate

WILDCARD = {"hostname": "*.example.com"}


def attach(world: Any, **more: Any) -> model.Attachment:
    return translate.attach(world.route("r", **more), world)


def only(attachment: model.Attachment) -> model.ParentAttachment:
    (parent,) = attachment.parents
    return parent


def domains(parent: model.ParentAttachment) -> dict[str, tuple[str, ...]]:
    return {key.name: found for key, found in parent.hosts}


def refused(parent: model.ParentAttachment) -> tuple[str, str]:
    assert parent.finding is not None
    assert parent.hosts == ()
    return parent.finding.reason, parent.finding.message


@pytest.mark.parametrize(
    ("listener", "route", "expected"),
    [
        ("", [], ("*",)),
        ("", ["a.com", "*.b.com"], ("*.b.com", "a.com")),
        ("a.com", [], ("a.com",)),
        ("a.com", ["a.com", "b.com"], ("a.com",)),
        ("a.com", ["*.com"], ("a.com",)),
        ("*.a.com", ["x.a.com", "a.com", "y.b.com"], ("x.a.com",)),
        ("*.a.com", ["*.x.a.com"], ("*.x.a.com",)),
        ("*.x.a.com", ["*.a.com"], ("*.x.a.com",)),
        ("a.com", ["b.com"], None),
        ("*.a.com", ["a.com"], None),
        ("*.a.com", ["*.b.com"], None),
    ],
)
def test_host_names_are_intersected(
    world: Any, listener: str, route: list[str], expected: tuple[str, ...] | None
) -> None:
    world.edge({"hostname": listener} if listener else {})
    parent = only(attach(world, hostnames=route))
    if expected is None:
        assert refused(parent)[0] == "NoMatchingListenerHostname"
    else:
        assert domains(parent) == {"web": expected}


def test_both_host_names_stand_in_the_message(world: Any) -> None:
    world.edge({"hostname": "*.inference.runai.local"})
    _, message = refused(only(attach(world, hostnames=["*.inference.local"])))
    assert "*.inference.local" in message
    assert "*.inference.runai.local (listener web)" in message


LISTENERS = (
    {"name": "a", "port": 80},
    {"name": "b", "port": 8080},
    {"name": "c", "port": 80, "hostname": "c.com"},
)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ({}, {"a", "b", "c"}),
        ({"port": 80}, {"a", "c"}),
        ({"sectionName": "b"}, {"b"}),
        ({"sectionName": "b", "port": 8080}, {"b"}),
        ({"sectionName": "b", "port": 80}, None),
        ({"sectionName": "d"}, None),
        ({"port": 81}, None),
    ],
)
def test_a_parent_ref_selects_listeners(
    world: Any, ref: dict[str, Any], expected: set[str] | None
) -> None:
    world.edge(*LISTENERS)
    parent = only(attach(world, parentRefs=[{"name": "edge", **ref}]))
    if expected is None:
        reason, message = refused(parent)
        assert reason == "NoMatchingParent"
        assert "it has a (port 80), b (port 8080), c (port 80)" in message
    else:
        assert set(domains(parent)) == expected


def test_another_namespace_is_refused_with_the_cure(world: Any) -> None:
    world.edge({})
    reason, message = refused(only(attach(world, namespace="apps")))
    assert reason == "NotAllowedByListeners"
    assert "its own namespace infra only" in message
    assert "allowedRoutes.namespaces.from" in message


def test_a_refusing_listener_does_not_matter_while_another_takes_the_route(world: Any) -> None:
    world.edge(
        {"name": "shut"},
        {"name": "open", "port": 8080, "allowedRoutes": {"namespaces": {"from": "All"}}},
    )
    parent = only(attach(world, namespace="apps"))
    assert domains(parent) == {"open": ("*",)}
    assert parent.finding is None


def test_foreign_parents_are_not_mentioned(world: Any) -> None:
    world.edge({})
    refs = [
        {"name": "absent"},
        {"name": "edge", "namespace": "infra"},
        {"name": "web", "kind": "Service", "group": ""},
        {"name": "edge", "kind": "ListenerSet"},
    ]
    assert [each.index for each in attach(world, parentRefs=refs).parents] == [1]


def test_parents_are_judged_one_by_one(world: Any) -> None:
    world.edge({"name": "a"}, {"name": "b", "port": 8080, "hostname": "b.com"})
    refs = [{"name": "edge", "sectionName": name} for name in ("a", "b", "c")]
    parents = attach(world, parentRefs=refs, hostnames=["a.com"]).parents
    reasons = [each.finding.reason if each.finding else "" for each in parents]
    assert reasons == ["", "NoMatchingListenerHostname", "NoMatchingParent"]
    assert [each.finding.parent for each in parents if each.finding] == ["1", "2"]


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        *(("HTTP", kind) for kind in ("TLSRoute", "TCPRoute", "UDPRoute")),
        *(("TLS", kind) for kind in ("TCPRoute", "UDPRoute")),
        *(("TCP", kind) for kind in ("TLSRoute", "UDPRoute")),
        *(("UDP", kind) for kind in ("TLSRoute", "TCPRoute")),
    ],
)
def test_other_kinds_of_routes_are_refused_truthfully(world: Any, protocol: str, kind: str) -> None:
    tls = {"tls": {"mode": "Passthrough"}} if protocol == "TLS" else {}
    world.edge({"protocol": protocol, **tls})
    rule = {"backendRefs": [{"name": "x", "port": 1}]}
    document: dict[str, Any] = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "r", "namespace": "infra"},
        "spec": {"parentRefs": [{"name": "edge"}], "rules": [rule]},
    }
    if kind == "TLSRoute":
        document["spec"]["hostnames"] = ["a.com"]
    route: Any = api.decode(document)
    reason, message = refused(only(translate.attach(route, world)))
    assert reason == "NotAllowedByListeners"
    assert f"(protocol {protocol}) takes " in message
    assert f"not {kind}." in message


def test_a_route_no_rule_of_which_can_be_honoured_is_refused_and_keeps_its_hosts(
    world: Any,
) -> None:
    world.edge({})
    path = {"type": "RegularExpression", "value": "/(?=x)"}
    obj = world.route("r", {"matches": [{"path": path}]})
    parent = only(translate.attach(obj, world))
    assert parent.finding is not None
    assert parent.finding.reason == "UnsupportedValue"
    assert "rules[0].matches[0].path" in parent.finding.message
    assert domains(parent) == {"web": ("*",)}


def test_attachment_does_not_look_at_backends(world: Any) -> None:
    world.edge({})
    world.service = None  # asking would fail
    obj = world.route("r", {"backendRefs": [{"name": "x", "port": 1}]})
    assert only(translate.attach(obj, world)).finding is None
