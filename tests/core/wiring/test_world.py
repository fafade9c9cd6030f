"""Whatever a translation looks up is a dependency; whatever it does not look up is none."""

from collections.abc import Callable
from typing import Any

import pytest

from portway.core import api, graph, model
from portway.core.wiring.inputs import Inputs
from portway.core.wiring.world import ContextWorld, Lookups
from tests.core import site

Question = Callable[[ContextWorld], Any]


class Asking:
    """One transformation that asks its world a question and counts how often it ran."""

    def __init__(self, question: Question) -> None:
        self.graph = graph.Graph(strict=True)
        self.inputs = Inputs(self.graph)
        self.lookups = Lookups(self.graph, self.inputs, "example.com/controller")
        self.runs = 0
        self.answers: graph.Collection[Any, Any] = self.graph.map(
            "answers", self.inputs.admitted["ConfigMap"], self._ask(question)
        )
        asker = document("v1", "ConfigMap", "asker", data={})
        self.tell(asker)

    def _ask(self, question: Question) -> Any:
        def run(ctx: graph.Context, _name: Any, _obj: Any) -> Any:
            self.runs += 1
            return ("answer", question(ContextWorld(ctx, self.lookups)))

        return run

    def tell(self, *events: api.Event) -> Any:
        for each in events:
            assert self.inputs.apply(each)
        self.graph.settle()
        (answer,) = [value for _, value in self.answers.items()]
        return answer[1]


def document(version: str, kind: str, name: str, **body: Any) -> api.Event:
    metadata = {"name": name, **body.pop("metadata", {})}
    if api.KINDS[kind].namespaced:
        metadata.setdefault("namespace", "default")
    return site.event({"apiVersion": version, "kind": kind, "metadata": metadata, **body})


def piece(name: str, service: str) -> api.Event:
    labels = {"kubernetes.io/service-name": service}
    return document(
        *("discovery.k8s.io/v1", "EndpointSlice", name),
        metadata={"labels": labels},
        addressType="IPv4",
        endpoints=[],
    )


def grant(name: str) -> api.Event:
    spec = {
        "from": [{"group": "", "kind": "X", "namespace": "b"}],
        "to": [{"group": "", "kind": "Y"}],
    }
    return document(site.GATEWAY_API, "ReferenceGrant", name, spec=spec)


def policy(name: str, *services: str) -> api.Event:
    spec = {
        "targetRefs": [{"group": "", "kind": "Service", "name": each} for each in services],
        "validation": {"hostname": "a.example.com", "wellKnownCACertificates": "System"},
    }
    return document(site.GATEWAY_API, "BackendTLSPolicy", name, spec=spec)


APP = model.ObjectKey("Service", "default", "app")


def names(resources: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(each.name for each in resources)


@pytest.mark.parametrize(
    ("question", "event"),
    [
        (lambda world: world.gateway_class("portway"), site.gateway_class()),
        (lambda world: world.whole_service("default", "app"), site.service("app")),
        (
            lambda world: world.namespace("shop"),
            document("v1", "Namespace", "shop"),
        ),
        (lambda world: world.secret("default", "tls"), document("v1", "Secret", "tls")),
        (lambda world: world.config_map("default", "asker"), None),
        (
            lambda world: world.backend("default", "b"),
            document(
                *("portway.dev/v1alpha1", "Backend", "b"),
                spec={"endpoints": [{"unix": {"path": "/a.sock"}}]},
            ),
        ),
    ],
)
def test_an_object_is_found_as_soon_as_it_is_there(
    question: Question, event: api.Event | None
) -> None:
    asking = Asking(question)
    if event is None:
        assert asking.tell().name == "asker"
        return
    assert asking.tell() is None
    assert asking.tell(event) == event.object
    assert asking.tell(api.Event(event.kind, event.namespace, event.name, None)) is None


def test_other_objects_of_the_kind_do_not_matter() -> None:
    asking = Asking(lambda world: world.service("default", "app"))
    asking.tell(site.service("app"))
    before = asking.runs
    asking.tell(site.service("other"), site.gateway_class(), grant("g"))
    assert asking.runs == before


def test_slices_are_found_by_their_service() -> None:
    asking = Asking(lambda world: names(world.slices("default", "app")))
    assert asking.tell(piece("b", "app"), piece("a", "app"), piece("c", "other")) == ("a", "b")
    assert asking.tell(piece("a", "other")) == ("b",)


def test_grants_are_found_by_their_namespace() -> None:
    asking = Asking(lambda world: names(world.grants("default")))
    assert asking.tell(grant("b"), grant("a")) == ("a", "b")
    assert Asking(lambda world: names(world.grants("other"))).tell(grant("a")) == ()


def test_policies_are_found_by_every_service_they_target() -> None:
    asking = Asking(lambda world: [each.key.name for each in world.tls_policies_of(APP)])
    assert asking.tell(policy("a", "app", "other"), policy("b", "other")) == ["a"]
    assert asking.tell(policy("b", "other", "app")) == ["a", "b"]


def test_gateways_and_placements() -> None:
    gateway = model.ObjectKey("Gateway", "default", "web")
    asking = Asking(lambda world: (world.gateway("default", "web"), world.placement(gateway)))
    assert asking.tell() == (None, None)
    asking.inputs.placements.set(gateway, model.Placement(("127.0.0.1",)))
    assert asking.tell() == (None, model.Placement(("127.0.0.1",)))


def test_the_controller_is_the_one_that_was_given() -> None:
    assert Asking(lambda world: world.controller).tell() == "example.com/controller"


@pytest.mark.parametrize(
    ("group", "kind", "found"),
    [("", "Service", 1), ("example.com", "Service", 0), ("", "ConfigMap", 0)],
)
def test_a_policy_is_about_services_of_the_core_group_only(
    group: str, kind: str, found: int
) -> None:
    asking = Asking(lambda world: len(world.tls_policies_of(APP)))
    policy = document(
        *("gateway.networking.k8s.io/v1", "BackendTLSPolicy", "tls"),
        spec={
            "targetRefs": [{"group": group, "kind": kind, "name": "app"}],
            "validation": {"hostname": "app.example.com", "wellKnownCACertificates": "System"},
        },
    )
    assert asking.tell(policy) == found
