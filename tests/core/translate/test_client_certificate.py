"""The certificate a Gateway shows to backends, and which connections it is shown on."""

from typing import Any, cast

import pytest

from portway.core import filters, model, translate
from portway.core.translate.client_certificate import with_client
from tests.core.translate.pki import tls_secret

SECRET = model.ObjectKey("Secret", "infra", "cert")
PLAIN = model.ClusterKey("Service", "apps", "app", 80, "http")
SECURE = PLAIN._replace(policy="tls")
SHOWN = SECURE._replace(policy="tls/infra/cert")


def edge(world: Any, **ref: str) -> model.Gateway:
    world.edge({}, tls={"backend": {"clientCertificateRef": ref}})
    found: model.Gateway = world.gateway("infra", "edge")
    return found


def reasons(gateway: model.Gateway) -> dict[str, str]:
    return {each.condition: each.reason for each in gateway.findings}


def test_a_usable_secret_is_the_gateways(world: Any) -> None:
    world.put(tls_secret("cert", "edge.example.com"))
    gateway = edge(world, name="cert")
    assert gateway.client_certificate == SECRET
    assert gateway.findings == ()


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ({"name": "absent"}, "InvalidClientCertificateRef"),
        ({"name": "bad"}, "InvalidClientCertificateRef"),
        ({"name": "cert", "kind": "ConfigMap"}, "InvalidClientCertificateRef"),
        ({"name": "cert", "group": "a.com"}, "InvalidClientCertificateRef"),
        ({"name": "cert", "namespace": "vault"}, "RefNotPermitted"),
    ],
)
def test_an_unusable_one_leaves_the_gateway_accepted(
    world: Any, ref: dict[str, str], reason: str
) -> None:
    world.put(tls_secret("cert", "edge.example.com", namespace="vault"))
    world.add("{apiVersion: v1, kind: Secret, metadata: {name: bad, namespace: infra}}")
    gateway = edge(world, **ref)
    assert gateway.accepted
    assert gateway.client_certificate is None
    assert reasons(gateway) == {"ResolvedRefs": reason}


def test_what_the_proxy_refused_is_shown_as_it_was_before(world: Any) -> None:
    secret = tls_secret("cert", "edge.example.com")
    world.put(secret)
    world.refusals[SECRET] = translate.Refused("bad magic", secret)
    gateway = edge(world, name="cert")
    assert gateway.client_certificate == SECRET
    assert reasons(gateway) == {"ResolvedRefs": "InvalidClientCertificateRef"}
    world.refusals[SECRET] = translate.Refused("bad magic", None)
    assert edge(world, name="cert").client_certificate is None
    world.refusals[SECRET] = translate.Refused("", secret)
    assert edge(world, name="cert").findings == ()


def test_rules_keep_everything_but_their_connections() -> None:
    mirror = model.Mirror(SECURE, 1, 2)
    auth = model.ExternalAuth(SECURE, False, ("a",))
    edit = model.RequestHeaders(model.HeaderEdit())
    share = model.Share(3, SECURE, (mirror, edit, auth))
    rule = model.Rule(
        index=4,
        matches=(model.Match(),),
        action=model.Forward((share, model.Share(1, PLAIN), model.Share(1, None))),
        filters=(edit, mirror, auth),
        name="n",
    )
    (found,) = with_client((rule,), SECRET)
    shown, asked = model.Mirror(SHOWN, 1, 2), model.ExternalAuth(SHOWN, False, ("a",))
    assert found == model.Rule(
        index=4,
        matches=(model.Match(),),
        action=model.Forward(
            (
                model.Share(3, SHOWN, (shown, edit, asked)),
                model.Share(1, PLAIN),
                model.Share(1, None),
            )
        ),
        filters=(edit, shown, asked),
        name="n",
    )
    assert isinstance(found.filters[0], model.RequestHeaders)


def test_mirrors_and_services_that_are_asked_are_the_only_filters_that_name_a_backend() -> None:
    """... so that none is forgotten where connections are chosen."""
    made = [cast("Any", kind.model) for kind in filters.ORDER]
    named = {each for each in made if "backend" in each.__struct_fields__}
    assert named == {model.Mirror, model.ExternalAuth}


POLICY = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: tls, namespace: infra}
spec:
  targetRefs: [{group: "", kind: Service, name: app}]
  validation: {hostname: app.internal, wellKnownCACertificates: System}
"""


def test_a_gateway_with_a_certificate_has_connections_of_its_own(world: Any) -> None:
    """One route of two Gateways: the one without a certificate shows none."""
    world.system_authorities = "/etc/ca.pem"
    world.add(POLICY)
    world.put(tls_secret("cert", "edge.example.com"))
    edge(world, name="cert")
    world.add(
        """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: other, namespace: infra}
spec:
  gatewayClassName: portway
  listeners: [{name: web, port: 80, protocol: HTTP}]
"""
    )
    obj = world.route(
        "r",
        {"backendRefs": [{"name": "app", "port": 80}]},
        parentRefs=[{"name": "edge"}, {"name": "other"}],
    )
    rules, attachment = translate.route_rules(obj, world), translate.attach(obj, world)
    found = translate.contributions(rules, attachment, world)
    used = {
        host.table.gateway.name: [s.backend for s in brought.rules[0].action.shares]
        for host, brought in found.items()
    }
    secure = model.ClusterKey("Service", "infra", "app", 80, "http", "tls")
    shown = secure.showing(SECRET)
    assert used == {"edge": [shown], "other": [secure]}
    assert translate.backends(rules, attachment, world) == (secure, shown)
    assert translate.backends(rules, None, world) == (secure,)
