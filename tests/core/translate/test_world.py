"""The world of the graph and the world of the tests are the same world.

Translations are tested against dictionaries and run on the graph. That proves something only as
long as both answer every question of `translate.World` alike.
"""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from portway.core import api, graph, model, translate
from portway.core.wiring.inputs import Inputs
from portway.core.wiring.world import ContextWorld, Lookups
from tests.core.translate.conftest import CLASS, CONTROLLER, Memory

Question = Callable[[translate.World], Any]

OBJECTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: foreign}
spec: {controllerName: example.com/other}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra, generation: 4}
spec:
  gatewayClassName: portway
  listeners:
  - {name: web, port: 80, protocol: HTTP}
  - name: tls
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{name: cert, namespace: apps}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: theirs, namespace: infra}
spec:
  gatewayClassName: foreign
  defaultScope: All
  listeners: [{name: web, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: apps}
spec:
  parentRef: {name: edge, namespace: infra}
  listeners: [{name: web, port: 81, protocol: HTTP}]
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: apps}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra}
spec: {ports: [{port: 8080}]}
---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: app, namespace: apps}
spec: {endpoints: [{unix: {path: /a.sock}}]}
---
apiVersion: portway.dev/v1alpha1
kind: ProxyConfig
metadata: {name: app, namespace: apps}
spec: {}
---
apiVersion: portway.dev/v1alpha1
kind: TokenLimit
metadata: {name: free, namespace: apps}
spec: {limits: [{tokens: 1, per: Day}]}
---
apiVersion: v1
kind: Secret
metadata: {name: cert, namespace: apps}
---
apiVersion: v1
kind: Pod
metadata: {name: llama-0, namespace: apps, labels: {app: llama, more: x}}
status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: llama-0, namespace: infra, labels: {app: llama, more: x}}
status: {podIP: 10.0.0.2, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: llama, namespace: apps}
spec: {selector: {matchLabels: {app: llama}}, targetPorts: [{number: 8000}]}
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: {name: gently, namespace: apps}
spec: {targetRefs: [{group: "", kind: Service, name: app}]}
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: outside, namespace: apps}
spec: {type: ExternalHostname, externalHostname: {hostname: a.example.com}, port: {port: 80}}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: other, namespace: apps}
spec: {selector: {matchLabels: {app: llama, more: y}}, targetPorts: [{number: 8000}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: apps, labels: {team: a}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: z, namespace: apps}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}]
  to: [{group: "", kind: Secret}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: a, namespace: apps}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}]
  to: [{group: "", kind: Service}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: elsewhere, namespace: infra}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: apps}]
  to: [{group: "", kind: Service}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: app-2, namespace: apps, labels: {kubernetes.io/service-name: app}}
addressType: IPv4
endpoints: []
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: app-1, namespace: apps, labels: {kubernetes.io/service-name: app}}
addressType: IPv6
endpoints: []
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: stray, namespace: apps}
addressType: IPv4
endpoints: []
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: b, namespace: apps}
spec:
  targetRefs: [{group: "", kind: Service, name: other}, {group: "", kind: Service, name: app}]
  validation: {hostname: a.example.com, wellKnownCACertificates: System}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: a, namespace: apps}
spec:
  targetRefs: [{group: "", kind: Service, name: app}]
  validation: {hostname: b.example.com, wellKnownCACertificates: System}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: c, namespace: apps}
spec:
  targetRefs: [{group: portway.dev, kind: Backend, name: app}]
  validation: {hostname: b.example.com, wellKnownCACertificates: System}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ca, namespace: apps}
---
apiVersion: certificates.k8s.io/v1
kind: ClusterTrustBundle
metadata: {name: roots}
spec: {trustBundle: x}
"""

# (question, arguments, what it finds: None, the object's name, or several names in order)
ASKED: list[tuple[str, tuple[Any, ...], Any]] = [
    ("gateway_class", ("portway",), "portway"),
    ("gateway_class", ("foreign",), "foreign"),
    ("gateway_class", ("none",), None),
    ("gateway", ("infra", "edge"), "edge"),
    ("gateway", ("infra", "theirs"), None),
    ("gateway", ("apps", "edge"), None),
    ("default_gateways", (), (("infra", "theirs"),)),
    ("listener_set", ("apps", "more"), "more"),
    ("listener_set", ("infra", "more"), None),
    ("listener_sets", ("infra", "edge"), ("more",)),
    ("listener_sets", ("apps", "edge"), ()),
    ("service", ("apps", "app"), "app"),
    ("service", ("infra", "app"), "app"),
    ("service", ("default", "app"), None),
    ("backend", ("apps", "app"), "app"),
    ("backend", ("infra", "app"), None),
    ("proxy_config", ("apps", "app"), "app"),
    ("proxy_config", ("infra", "app"), None),
    ("good_parameters", ("apps", "app"), api.ProxyConfigSpec()),
    ("good_parameters", ("infra", "app"), None),
    ("token_limit", ("apps", "free"), "free"),
    ("token_limit", ("infra", "free"), None),
    ("secret", ("apps", "cert"), "cert"),
    ("secret", ("apps", "app"), None),
    ("whole_service", ("apps", "app"), "app"),
    ("whole_service", ("apps", "gone"), None),
    ("pool", ("apps", "llama"), "llama"),
    ("pool", ("infra", "llama"), None),
    ("whole_pool", ("apps", "llama"), "llama"),
    ("whole_pool", ("apps", "gone"), None),
    ("pool_members", ("apps", "llama"), ("10.0.0.1",)),
    ("pool_members", ("apps", "other"), ()),
    ("external", ("apps", "outside"), "outside"),
    ("external", ("apps", "none"), None),
    ("traffic_policies_of", (model.ObjectKey("Service", "apps", "app"),), ("gently",)),
    ("traffic_policies_of", (model.ObjectKey("Service", "infra", "app"),), ()),
    ("namespace", ("apps",), "apps"),
    ("namespace", ("infra",), None),
    ("grants", ("apps",), ("a", "z")),
    ("grants", ("infra",), ("elsewhere",)),
    ("grants", ("default",), ()),
    ("slices", ("apps", "app"), ("app-1", "app-2")),
    ("slices", ("infra", "app"), ()),
    ("config_map", ("apps", "ca"), "ca"),
    ("config_map", ("apps", "cert"), None),
    ("cluster_trust_bundle", ("roots",), "roots"),
    ("cluster_trust_bundle", ("none",), None),
    ("serves", ("ClusterTrustBundle",), True),
    ("refused", (model.ObjectKey("ConfigMap", "apps", "ca"),), None),
    ("tls_policy", ("apps", "a"), "a"),
    ("tls_policy", ("infra", "a"), None),
    ("tls_policies_of", (model.ObjectKey("Service", "apps", "app"),), ("a", "b")),
    ("tls_policies_of", (model.ObjectKey("Service", "apps", "other"),), ("b",)),
    ("tls_policies_of", (model.ObjectKey("Service", "infra", "app"),), ()),
    ("tls_policies_of", (model.ObjectKey("Backend", "apps", "app"),), ("c",)),
]

QUESTIONS = sorted(
    name
    for name, value in vars(translate.World).items()
    if inspect.isfunction(value) and not name.startswith("_")
)


def in_memory(objects: list[api.Resource], question: Question) -> Any:
    memory = Memory()
    for each in objects:
        memory.put(each)
    return question(memory)


def in_the_graph(objects: list[api.Resource], question: Question) -> Any:
    g = graph.Graph(strict=True)
    inputs = Inputs(g)
    lookups = Lookups(g, inputs, CONTROLLER)
    lookups.gateways = g.map(
        "gateways",
        inputs.admitted["Gateway"],
        lambda ctx, _, obj: translate.gateway(obj, ContextWorld(ctx, lookups)),
    )
    askers: graph.Source[str, str] = g.source("askers")
    # Wrapped: None would mean that there is no answer at all.
    answers: graph.Collection[str, tuple[Any]] = g.map(
        "answers", askers, lambda ctx, _name, _asker: (question(ContextWorld(ctx, lookups)),)
    )
    askers.set("one", "asks")
    for each in objects:
        assert inputs.apply(api.Event(each.kind, each.namespace, each.name, each))
    g.settle()
    ((_, (answer,)),) = answers.items()
    return answer


@pytest.fixture(params=["in this order", "in reverse"])
def objects(request: pytest.FixtureRequest) -> list[api.Resource]:
    found = list(Memory().add(CLASS + "---" + OBJECTS).objects.values())
    return found if request.param == "in this order" else found[::-1]


def name_of(answer: Any) -> Any:
    if answer is None or isinstance(answer, str | bool | api.ProxyConfigSpec):
        return answer
    if isinstance(answer, tuple):
        return tuple(name_of(each) for each in answer)
    translated = isinstance(
        answer, model.External | model.Gateway | model.TLSPolicy | model.TrafficPolicy
    )
    return answer.key.name if translated else answer.name


@pytest.mark.parametrize(("question", "arguments", "expected"), ASKED)
def test_both_worlds_give_the_same_answer(
    objects: list[api.Resource], question: str, arguments: tuple[Any, ...], expected: Any
) -> None:
    def ask(world: translate.World) -> Any:
        return getattr(world, question)(*arguments)

    answer = in_the_graph(objects, ask)
    assert name_of(answer) == expected
    assert answer == in_memory(objects, ask)


def test_every_question_is_asked_above() -> None:
    assert sorted({question for question, _, _ in ASKED}) == QUESTIONS


@pytest.mark.parametrize("world", [ContextWorld, Memory])
@pytest.mark.parametrize("question", QUESTIONS)
def test_both_worlds_are_asked_in_the_same_way(world: type, question: str) -> None:
    expected = inspect.signature(getattr(translate.World, question))
    assert inspect.signature(getattr(world, question)) == expected


def test_both_worlds_know_the_controller() -> None:
    def ask(world: translate.World) -> str:
        return world.controller

    assert in_the_graph([], ask) == in_memory([], ask) == CONTROLLER


def test_a_gateway_comes_translated_with_the_grants_of_its_world(
    objects: list[api.Resource],
) -> None:
    def ask(world: translate.World) -> Any:
        gateway = world.gateway("infra", "edge")
        assert gateway is not None
        return [finding.reason for finding in gateway.findings if finding.parent == "tls"]

    without = [each for each in objects if each.kind != "ReferenceGrant"]
    assert in_the_graph(without, ask) == in_memory(without, ask) == ["RefNotPermitted"]
    assert in_the_graph(objects, ask) == in_memory(objects, ask) == ["InvalidCertificateRef"]
