"""Kinds that are not served yet say so, in conditions of the spec."""

from portway.core import api, model, status

SET = api.decode(
    {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "ListenerSet",
        "metadata": {"name": "more", "namespace": "apps", "generation": 2},
        "spec": {
            "parentRef": {"name": "edge"},
            "listeners": [{"name": "a", "port": 80, "protocol": "HTTP"}],
        },
    }
)
POLICY = api.decode(
    {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "BackendTLSPolicy",
        "metadata": {"name": "tls", "namespace": "apps", "generation": 2},
        "spec": {
            "targetRefs": [{"group": "", "kind": "Service", "name": "app"}],
            "validation": {"hostname": "a.com", "wellKnownCACertificates": "System"},
        },
    }
)


def test_a_listener_set_is_not_accepted() -> None:
    assert isinstance(SET, api.ListenerSet)
    document = status.listener_set(SET)
    found = {each["type"]: (each["status"], each["reason"]) for each in document["conditions"]}
    assert found == {"Accepted": ("False", "NotAllowed"), "Programmed": ("False", "NotAllowed")}
    assert "not yet served by Portway" in document["conditions"][0]["message"]
    (listener,) = document["listeners"]
    assert listener["name"] == "a"
    assert {each["type"]: each["status"] for each in listener["conditions"]} == {
        "Accepted": "False",
        "Conflicted": "False",
        "ResolvedRefs": "True",
        "Programmed": "False",
    }


def test_a_backend_tls_policy_says_that_traffic_fails() -> None:
    assert isinstance(POLICY, api.BackendTLSPolicy)
    edges = [model.ObjectKey("Gateway", "infra", f"g{i:02}") for i in range(20)]
    document = status.backend_tls_policy(POLICY, [*edges, edges[0]], "portway.dev/x")
    assert len(document["ancestors"]) == 16
    first = document["ancestors"][0]
    assert first["ancestorRef"]["name"] == "g00"
    assert first["controllerName"] == "portway.dev/x"
    (accepted,) = first["conditions"]
    assert (accepted["type"], accepted["status"], accepted["reason"]) == (
        "Accepted",
        "False",
        "Invalid",
    )
    assert "nothing is sent in plain text" in accepted["message"]
    assert status.backend_tls_policy(POLICY, [], "portway.dev/x") == {"ancestors": []}
