"""Client certificates that a Gateway demands (GEP-91)."""

from typing import Any

import pytest

from portway.core import model, translate
from tests.core.translate.pki import ca_map, ca_pem, tls_secret

CA = model.ObjectKey("ConfigMap", "infra", "ca")
INSECURE = "AllowInsecureFallback"


def validation(
    *names: str, mode: str = "", namespace: str = "", kind: str = "ConfigMap"
) -> dict[str, Any]:
    where = {"namespace": namespace} if namespace else {}
    refs = [{"group": "", "kind": kind, "name": each, **where} for each in names]
    return {"validation": {"caCertificateRefs": refs, **({"mode": mode} if mode else {})}}


def https(name: str, port: int, **more: Any) -> dict[str, Any]:
    tls = {"certificateRefs": [{"name": "cert"}]}
    return {"name": name, "port": port, "protocol": "HTTPS", "tls": tls, **more}


LISTENERS = (https("a", 443), https("b", 8443), {"name": "plain", "port": 80})


@pytest.fixture
def site(world: Any) -> Any:
    world.put(tls_secret("cert", "a.example.com"))
    world.put(ca_map("ca", ca_pem()))
    world.put(ca_map("bad", "bad"))
    world.put(ca_map("ca", ca_pem(), namespace="vault"))
    return world


def edge(world: Any, default: Any, *per_port: tuple[int, Any]) -> model.Gateway:
    frontend = {"default": default, "perPort": [{"port": n, "tls": tls} for n, tls in per_port]}
    world.edge(*LISTENERS, tls={"frontend": frontend})
    found: model.Gateway = world.gateway("infra", "edge")
    return found


def asked(gateway: model.Gateway) -> dict[str, model.ClientValidation | None]:
    return {each.name: each.validation for each in gateway.listeners}


def reasons(gateway: model.Gateway, listener: str = "") -> dict[str, str]:
    return {f.condition: f.reason for f in gateway.findings if f.parent == listener}


def test_a_default_is_for_every_https_listener_and_for_nobody_else(site: Any) -> None:
    wanted = model.ClientValidation(model.TrustKey((CA,)))
    gateway = edge(site, validation("ca"))
    assert asked(gateway) == {"a": wanted, "b": wanted, "plain": None}
    assert gateway.findings == ()
    assert all(each.serving for each in gateway.listeners)


def test_an_entry_for_a_port_replaces_the_default_whole(site: Any) -> None:
    gateway = edge(site, validation("ca"), (8443, {}))
    assert asked(gateway)["a"] is not None
    assert asked(gateway)["b"] is None
    gateway = edge(site, {}, (8443, validation("ca", mode=INSECURE)))
    assert asked(gateway)["a"] is None
    assert asked(gateway)["b"] == model.ClientValidation(model.TrustKey((CA,)), required=False)


@pytest.mark.parametrize(
    ("default", "entries", "insecure"),
    [
        (validation("ca"), (), False),
        (validation("ca", mode="AllowValidOnly"), (), False),
        (validation("ca", mode=INSECURE), (), True),
        ({}, ((443, validation("ca", mode=INSECURE)),), True),
    ],
)
def test_the_gateway_says_that_anybody_is_let_in(
    site: Any, default: Any, entries: Any, insecure: bool
) -> None:
    found = reasons(edge(site, default, *entries))
    wanted = {"InsecureFrontendValidationMode": "ConfigurationChanged"} if insecure else {}
    assert found == wanted


@pytest.mark.parametrize(
    ("demand", "reason"),
    [
        (validation("absent"), "InvalidCACertificateRef"),
        (validation("bad"), "InvalidCACertificateRef"),
        (validation("ca", kind="Secret"), "InvalidCACertificateKind"),
        (validation("ca", namespace="vault"), "RefNotPermitted"),
    ],
)
@pytest.mark.parametrize("mode", ["", INSECURE])
def test_without_anything_to_check_with_nobody_is_let_in(
    site: Any, demand: Any, reason: str, mode: str
) -> None:
    if mode:
        demand = {"validation": {**demand["validation"], "mode": mode}}
    gateway = edge(site, demand)
    for name in ("a", "b"):
        assert reasons(gateway, name) == {
            "Accepted": "NoValidCACertificate",
            "ResolvedRefs": reason,
        }
        listener = gateway.listener(name)
        assert listener is not None
        assert listener.accepted  # its host name stays its own
        assert not listener.serving
    plain = gateway.listener("plain")
    assert plain is not None
    assert plain.serving
    assert reasons(gateway, "plain") == {}
    assert gateway.accepted


def test_one_reference_of_use_is_enough(site: Any) -> None:
    gateway = edge(site, validation("ca", "absent"))
    assert reasons(gateway, "a") == {"ResolvedRefs": "InvalidCACertificateRef"}
    absent = model.ObjectKey("ConfigMap", "infra", "absent")
    assert asked(gateway)["a"] == model.ClientValidation(model.TrustKey((absent, CA)))


def test_a_grant_lets_a_gateway_use_what_is_elsewhere(site: Any) -> None:
    site.add(
        """
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: vault}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}]
  to: [{group: "", kind: ConfigMap}]
"""
    )
    gateway = edge(site, validation("ca", namespace="vault"))
    there = model.ObjectKey("ConfigMap", "vault", "ca")
    assert asked(gateway)["a"] == model.ClientValidation(model.TrustKey((there,)))


def test_an_entry_for_a_port_without_https_is_told(site: Any) -> None:
    gateway = edge(site, {}, (80, validation("ca")), (9999, {}))
    (note,) = gateway.findings
    assert (note.condition, note.status) == ("Accepted", True)
    assert "tls.frontend.perPort[0], tls.frontend.perPort[1] has no effect" in note.message


def test_words_of_the_proxy_reach_every_listener_concerned(site: Any) -> None:
    site.refusals[CA] = translate.Refused("bad magic", None)
    gateway = edge(site, validation("ca"))
    assert reasons(gateway, "a")["ResolvedRefs"] == "InvalidCACertificateRef"
    assert not gateway.listener("a").serving  # type: ignore[union-attr]
