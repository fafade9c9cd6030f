"""XBackendTrafficPolicies: what they demand, which one wins, what becomes of it."""

from itertools import permutations
from typing import Any

import pytest

from portway.core import api, model, translate
from portway.core.translate.traffic import backend_session, traffic_in_force
from tests.core.api.test_x_backend_traffic_policy import traffic_policy

APP = model.ObjectKey("Service", "shop", "app")
KEY = model.ClusterKey(*APP, 80, "http")


def service(world: Any, name: str = "app") -> None:
    document = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}
    world.put(api.decode({**document, "metadata": {"name": name, "namespace": "shop"}}))


def put(world: Any, *args: Any, **spec: Any) -> model.TrafficPolicy:
    obj = traffic_policy(*args, **spec)
    world.put(obj)
    return translate.traffic_policy(obj)


def told(policy: model.TrafficPolicy, world: Any) -> list[str]:
    found = translate.traffic_findings(policy, world)
    assert {each.condition for each in found} <= {"Accepted"}
    return [each.reason for each in found]


def test_a_constraint_is_a_budget_of_the_cluster(world: Any) -> None:
    service(world)
    rate = {"count": 5, "interval": "2s"}
    put(world, retryConstraint={"budget": {"percent": 30, "interval": "1m"}, "minRetryRate": rate})
    found = translate.cluster(KEY, world)
    assert found is not None
    assert found.budget == model.RetryBudget(30, 60.0, 2.5)


def test_no_policy_no_budget(world: Any) -> None:
    service(world)
    put(world, "other", "someone-else", retryConstraint={})
    assert translate.cluster(KEY, world) == model.Cluster(KEY)


def test_a_backend_with_host_names_has_one_too(world: Any) -> None:
    endpoints = [{"hostname": {"name": "a.example.com", "port": 80}}]
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "Backend"}
    metadata = {"name": "app", "namespace": "shop"}
    world.put(api.decode({**document, "metadata": metadata, "spec": {"endpoints": endpoints}}))
    target = {"group": "portway.dev", "kind": "Backend", "name": "app"}
    policy = put(world, "gently", target, retryConstraint={})
    found = translate.cluster(model.ClusterKey("Backend", "shop", "app", 0, "http"), world)
    assert found is not None
    assert found.budget == policy.budget is not None
    assert told(policy, world) == []


def test_each_backend_has_a_session_name_of_its_own_unless_it_is_given(world: Any) -> None:
    put(world, "gently", "app", "cart", sessionPersistence={})
    one = backend_session(KEY, world)
    other = backend_session(KEY._replace(name="cart"), world)
    assert one is not None
    assert other is not None
    assert one.name != other.name
    assert not one.header
    put(world, "gently", "app", sessionPersistence={"type": "Header", "sessionName": "X-App"})
    assert backend_session(KEY, world) == model.Session(True, "X-App")
    assert backend_session(None, world) is None
    assert backend_session(KEY._replace(name="nobody"), world) is None


def rules(world: Any, **rule: Any) -> model.Rule:
    refs = [{"name": "app", "port": 80}, {"name": "cart", "port": 80}]
    route = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "r", "namespace": "shop"},
            "spec": {"rules": [{"backendRefs": refs, **rule}]},
        }
    )
    assert isinstance(route, api.HTTPRoute)
    (found,) = translate.route_rules(route, world).rules
    return found


def test_a_rule_has_the_sessions_of_its_backends(world: Any) -> None:
    service(world)
    service(world, "cart")
    put(world, sessionPersistence={"sessionName": "app"})
    app, cart = rules(world).action.shares
    assert app.session == model.Session(False, "app")
    assert cart.session is None


def test_its_own_comes_first(world: Any) -> None:
    service(world)
    service(world, "cart")
    put(world, sessionPersistence={"sessionName": "app"})
    found = rules(world, sessionPersistence={"sessionName": "rule"})
    assert found.session is not None
    assert [each.session for each in found.action.shares] == [None, None]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_oldest_wins_then_the_first_by_name(world: Any, order: tuple[int, ...]) -> None:
    service(world)
    dates = {"b": "2026-01-01T00:00:00Z", "a": "2026-01-02T00:00:00Z", "c": ""}
    names = [list(dates)[each] for each in order]
    made = {
        name: put(world, name, retryConstraint={"budget": {"percent": 10}}, created=dates[name])
        for name in names
    }
    winner = traffic_in_force(APP, world)
    assert winner is not None
    assert winner.key.name == "b"
    assert {name: told(each, world) for name, each in made.items()} == {
        "a": ["Conflicted"],
        "b": [],
        "c": ["Conflicted"],
    }


def test_one_without_effect_beats_nobody(world: Any) -> None:
    service(world)
    dates = {"old": "2026-01-01T00:00:00Z", "new": "2026-02-01T00:00:00Z"}
    old = put(world, "old", created=dates["old"], sessionPersistence={"idleTimeout": "1h"})
    new = put(world, "new", created=dates["new"], retryConstraint={})
    assert traffic_in_force(APP, world) == new
    assert (told(old, world), told(new, world)) == (["Invalid"], [])


def test_targets_that_are_not_there_or_no_backends_are_told(world: Any) -> None:
    pod = {"group": "", "kind": "Pod", "name": "x"}
    policy = put(world, "gently", "gone", pod, retryConstraint={})
    assert told(policy, world) == ["TargetNotFound", "TargetNotFound"]


def test_a_part_that_cannot_be_carried_out_leaves_no_effect_at_all(world: Any) -> None:
    service(world)
    policy = put(world, retryConstraint={}, sessionPersistence={"idleTimeout": "1h"})
    assert (policy.budget, policy.session) == (None, None)
    assert told(policy, world) == ["Invalid"]
