"""Backends of whole connections that are reached over TLS: one way for all of a route."""

from typing import Any

import pytest

from portway.core import model, translate
from portway.core.translate.l4_tls import findings, secured
from tests.core.translate.layer4 import POLICY, SERVICES, places, ref, route

OTHER = """
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: other, namespace: infra}
spec:
  targetRefs: [{group: "", kind: Service, name: pair}]
  validation: {hostname: NAME, wellKnownCACertificates: System}
"""
BROKEN = POLICY.replace("wellKnownCACertificates: System", "caCertificateRefs: [REF]").replace(
    "REF", '{group: "", kind: ConfigMap, name: absent}'
)
PLAIN = model.ClusterKey("Service", "infra", "app", 80, model.Protocol.TCP)


@pytest.fixture(autouse=True)
def machine(world: Any) -> None:
    world.system_authorities = "/etc/ca.pem"


def pool(world: Any, *refs: dict[str, Any], **gateway: Any) -> model.L4Pool:
    world.edge({"name": "t", "port": 1, "protocol": "TCP"}, **gateway)
    world.add(SERVICES)
    route(world, "TCPRoute", *refs)
    (place,) = places(world).values()
    found = translate.l4_pool(place, world)
    assert found is not None
    return found


def reasons(world: Any, *refs: dict[str, Any]) -> list[tuple[str, bool, str]]:
    read = translate.l4_route(route(world, "TCPRoute", *refs), world)
    return [(each.reason, each.status, each.message) for each in findings(read, world)]


def test_a_share_leads_where_its_policy_says() -> None:
    share = model.L4Share(1, PLAIN, "infra/safe")
    secret = model.ObjectKey("Secret", "infra", "own")
    assert secured(share, None).backend == PLAIN._replace(policy="safe")
    assert secured(share, secret).backend == PLAIN._replace(policy="safe/infra/own")
    for other in (model.L4Share(1, PLAIN), model.L4Share(1, None, "infra/safe")):
        assert secured(other, secret) == other


def test_a_pool_is_reached_as_its_policy_demands(world: Any) -> None:
    world.add(POLICY)
    found = pool(world, ref("app"))
    assert found.tls is not None
    assert found.tls.server_name == "app.internal"
    assert (len(found.groups), found.refused) == (1, 0)
    assert reasons(world, ref("app")) == []


def test_without_a_policy_it_is_plain_text(world: Any) -> None:
    assert pool(world, ref("app")).tls is None


@pytest.mark.parametrize(
    ("name", "refused", "told"),
    [("app.internal", 0, []), ("other.internal", 3, ["UnsupportedProtocol"])],
)
def test_policies_that_say_the_same_can_share_a_pool_and_others_cannot(
    world: Any, name: str, refused: int, told: list[str]
) -> None:
    world.add(POLICY).add(OTHER.replace("NAME", name))
    refs = (ref("app", 2), ref("pair", 3))
    found = pool(world, *refs)
    assert found.tls is not None
    assert found.tls.server_name == "app.internal"
    assert found.refused == refused
    assert [reason for reason, _, _ in reasons(world, *refs)] == told


@pytest.mark.parametrize("first", ["app", "pair"])
def test_what_differs_from_the_first_is_refused_and_said(world: Any, first: str) -> None:
    """Whichever comes first: nothing is sent in plain text that has to be encrypted, nor the other
    way round."""
    world.add(POLICY)
    second = "pair" if first == "app" else "app"
    refs = (ref(first, 2), ref(second, 3), ref("absent", 0))
    found = pool(world, *refs)
    assert (found.tls is not None) == (first == "app")
    assert found.refused == 3
    ((reason, status, message),) = reasons(world, *refs)
    assert (reason, status) == ("UnsupportedProtocol", False)
    assert "TLS by BackendTLSPolicy infra/safe" in message
    assert "plain text" in message


def test_a_policy_that_cannot_be_carried_out_leaves_nothing_to_send_to(world: Any) -> None:
    world.add(BROKEN)
    found = pool(world, ref("app"))
    assert (found.groups, found.tls) == ((), None)
    ((_, status, message),) = reasons(world, ref("app"))
    assert status  # the fault is the policy's, whose own status says so
    assert "BackendTLSPolicy infra/safe" in message
