"""What objects name of Secrets and ConfigMaps is found, wherever it stands."""

from typing import Any

import pytest
from msgspec.structs import replace

from portway.core import api
from tests.core.api.decoding import decoded

CA = {"group": "", "kind": "ConfigMap"}
HTTPS = {"name": "a", "port": 443, "protocol": "HTTPS"}


def listener(*refs: dict[str, Any]) -> dict[str, Any]:
    return {**HTTPS, "tls": {"certificateRefs": list(refs)}}


def secret(name: str, namespace: str = "default") -> api.Named:
    return api.Named("Secret", namespace, name)


def config_map(name: str, namespace: str = "default") -> api.Named:
    return api.Named("ConfigMap", namespace, name)


def test_of_a_gateway() -> None:
    validation = {
        "default": {"validation": {"caCertificateRefs": [{**CA, "name": "one"}]}},
        "perPort": [
            {
                "port": 443,
                "tls": {
                    "validation": {"caCertificateRefs": [{**CA, "name": "b", "namespace": "x"}]}
                },
            }
        ],
    }
    spec = {
        "gatewayClassName": "portway",
        "listeners": [
            listener({"name": "web"}, {"name": "other", "namespace": "certs"}),
            {"name": "http", "port": 80, "protocol": "HTTP"},
        ],
        "tls": {"frontend": validation, "backend": {"clientCertificateRef": {"name": "client"}}},
    }
    assert api.named(decoded(api.Gateway, spec=spec)) == {
        secret("web"),
        secret("other", "certs"),
        secret("client"),
        config_map("one"),
        config_map("b", "x"),
    }


def test_of_what_adds_listeners_and_of_what_speaks_tls_to_backends() -> None:
    spec = {"parentRef": {"name": "web"}, "listeners": [listener({"name": "more"})]}
    assert api.named(decoded(api.ListenerSet, spec=spec)) == {secret("more")}
    validation = {"hostname": "app.example.com", "caCertificateRefs": [{**CA, "name": "ca"}]}
    target = {"group": "", "kind": "Service", "name": "app"}
    policy = decoded(api.BackendTLSPolicy, spec={"targetRefs": [target], "validation": validation})
    assert api.named(policy) == {config_map("ca")}
    tls = {
        "mode": "ClientAndServer",
        "validation": validation,
        "clientCertificateRef": {"name": "client"},
    }
    outside = {
        "type": "ExternalHostname",
        "externalHostname": {"hostname": "app.example.com"},
        "port": {"port": 443},
        "tls": tls,
    }
    assert api.named(decoded(api.XBackend, spec=outside)) == {secret("client"), config_map("ca")}


@pytest.mark.parametrize(
    "ref", [{"group": "example.com", "kind": "Secret", "name": "x"}, {"kind": "Vault", "name": "x"}]
)
def test_other_kinds_are_not_of_these(ref: dict[str, Any]) -> None:
    spec = {"gatewayClassName": "portway", "listeners": [listener(ref)]}
    assert api.named(decoded(api.Gateway, spec=spec)) == frozenset()


def test_a_route_names_the_maps_of_its_adapters() -> None:
    route = decoded(api.HTTPRoute, spec={})
    assert api.named(route) == frozenset()
    metadata = replace(route.metadata, annotations={"portway.dev/adapters": " one,two,, one"})
    found = api.named(replace(route, metadata=metadata))
    assert found == {config_map("one"), config_map("two")}


def test_most_objects_name_none() -> None:
    spec = {"rules": [{"backendRefs": [{"name": "app", "port": 80}]}]}
    assert api.named(decoded(api.HTTPRoute, spec=spec)) == frozenset()
