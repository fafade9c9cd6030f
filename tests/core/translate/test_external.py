"""XBackends with their references resolved, and what a route makes of them."""

from typing import Any

import pytest

from portway.core import api, model, translate
from portway.core.filters import Problem
from portway.core.translate.backend import backend
from portway.core.translate.reference import Referrer
from tests.core.api.test_x_backend import x_backend
from tests.core.translate.pki import ca_map, ca_pem, tls_secret

CA = {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}
SYSTEM = {"wellKnownCACertificates": "System"}


def tls(mode: str = "ServerOnly", trust: Any = None, **more: Any) -> dict[str, Any]:
    return {"mode": mode, "validation": {"hostname": "api.internal", **(trust or CA)}, **more}


def read(world: Any, **spec: Any) -> model.External:
    obj = x_backend(**spec)
    world.put(obj)
    return translate.external(obj, world)


def reached(world: Any, kind: str = "HTTPRoute", port: int | None = None, **spec: Any) -> Any:
    """Where a reference of a route leads."""
    read(world, **spec)
    ref = api.BackendObjectReference(
        group="gateway.networking.x-k8s.io", kind="XBackend", name="outside", port=port
    )
    return backend(ref, Referrer(kind, "shop", "app", "rules[0].backendRefs[0]"), world)


def refused(found: Any, reason: str) -> str:
    assert isinstance(found, Problem)
    assert (found.condition, found.reason) == ("ResolvedRefs", reason)
    return found.message


@pytest.mark.parametrize(
    ("protocol", "kind", "wanted"),
    [
        ("", "HTTPRoute", "http"),
        ("HTTP", "HTTPRoute", "http"),
        ("HTTP11", "HTTPRoute", "http"),
        ("MCP", "HTTPRoute", "http"),
        ("H2C", "HTTPRoute", "h2c"),
        ("GRPC", "HTTPRoute", "h2c"),
        ("", "GRPCRoute", "h2c"),
        ("GRPC", "GRPCRoute", "h2c"),
    ],
)
def test_what_is_spoken(world: Any, protocol: str, kind: str, wanted: str) -> None:
    key = reached(world, kind, protocol=protocol)
    assert key == model.ClusterKey("XBackend", "shop", "outside", 443, wanted)
    assert translate.cluster(key, world) == model.Cluster(
        key, model.Discovery.NAMED, (model.Endpoint("api.example.com", 443),)
    )


@pytest.mark.parametrize(("protocol", "wanted"), [("HTTP2", "h2c"), ("WSS", "ws"), ("", "http")])
def test_what_is_spoken_over_tls(world: Any, protocol: str, wanted: str) -> None:
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    key = reached(world, protocol=protocol, tls=tls())
    assert key == model.ClusterKey("XBackend", "shop", "outside", 443, wanted, "outside")
    found = translate.cluster(key, world)
    assert found is not None
    assert found.tls is not None
    assert found.tls.server_name == "api.internal"
    assert found.tls.trust.authorities == (model.ObjectKey("ConfigMap", "shop", "ca"),)


@pytest.mark.parametrize(
    ("protocol", "kind"), [("TCP", "HTTPRoute"), ("MCP", "GRPCRoute"), ("HTTP11", "GRPCRoute")]
)
def test_what_cannot_be_carried(world: Any, protocol: str, kind: str) -> None:
    said = refused(reached(world, kind, protocol=protocol), "UnsupportedProtocol")
    assert f"has protocol {protocol}, which cannot carry what a {kind} sends" in said


def test_the_port_is_its_own(world: Any) -> None:
    assert isinstance(reached(world, port=443), model.ClusterKey)
    assert "has port 443, not 80" in refused(reached(world, port=80), "BackendNotFound")


def test_tls_that_cannot_be_carried_out_is_no_plain_text(world: Any) -> None:
    said = refused(reached(world, tls=tls()), "ResolvedRefs")
    assert "nothing is sent in plain text" in said
    found = read(world, tls=tls())
    assert (found.encrypted, found.tls, found.policy) == (True, None, "")
    (told,) = found.findings
    assert (told.condition, told.reason) == ("Accepted", "NoValidCACertificate")
    assert "tls.validation.caCertificateRefs[0]" in told.message


def test_one_good_authority_is_enough_and_the_others_are_told(world: Any) -> None:
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    both = [*CA["caCertificateRefs"], {"group": "", "kind": "ConfigMap", "name": "none"}]
    found = read(world, tls=tls(trust={"caCertificateRefs": both}))
    assert found.tls is not None
    (told,) = found.findings
    assert told.status
    assert "ConfigMap shop/none" in told.message


def test_the_machines_authorities_are_trusted_by_name(world: Any) -> None:
    world.system_authorities = "/etc/ssl/all.pem"
    assert read(world, tls=tls(trust=SYSTEM)).tls is not None
    world.system_authorities = ""
    assert read(world, tls=tls(trust=SYSTEM)).tls is None


def test_its_own_certificate_is_shown(world: Any) -> None:
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    world.put(tls_secret("us", "us.example.com", namespace="shop"))
    key = reached(world, tls=tls("ClientAndServer", clientCertificateRef={"name": "us"}))
    assert key.policy == "outside/shop/us"
    found = translate.cluster(key, world)
    assert found is not None
    assert found.tls is not None
    assert found.tls.client == model.ObjectKey("Secret", "shop", "us")


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ({"name": "none"}, "InvalidClientCertificateRef"),
        ({"name": "broken"}, "InvalidClientCertificateRef"),
        ({"name": "us", "namespace": "other"}, "RefNotPermitted"),
    ],
)
def test_without_the_certificate_it_asks_for_nothing_is_sent(
    world: Any, ref: Any, reason: str
) -> None:
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    world.put(tls_secret("us", "us.example.com", namespace="other"))
    metadata = api.ObjectMeta(name="broken", namespace="shop")
    world.put(api.Secret(metadata=metadata, data={"tls.crt": b"no", "tls.key": b"no"}))
    found = read(world, tls=tls("ClientAndServer", clientCertificateRef=ref))
    assert found.tls is None
    assert [each.reason for each in found.findings] == [reason]


@pytest.mark.parametrize("instead", [True, False])
def test_a_certificate_that_the_proxy_refused_is_shown_only_if_an_older_one_works(
    world: Any, instead: bool
) -> None:
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    secret = tls_secret("us", "us.example.com", namespace="shop")
    world.put(secret)
    key = model.ObjectKey("Secret", "shop", "us")
    world.refusals[key] = translate.Refused("no good", secret if instead else None)
    found = read(world, tls=tls("ClientAndServer", clientCertificateRef={"name": "us"}))
    assert (found.tls is not None) is instead
    (told,) = found.findings
    assert "Secret shop/us was refused by the proxy: no good." in told.message
    assert told.status is instead


def test_a_key_of_an_earlier_turn_is_no_cluster(world: Any) -> None:
    """Its TLS changed since: what the key says must not be sent in plain text, nor otherwise."""
    key = reached(world)
    assert translate.cluster(key._replace(policy="outside"), world) is None
    world.put(ca_map("ca", ca_pem(), namespace="shop"))
    read(world, tls=tls())
    assert translate.cluster(key, world) is None
