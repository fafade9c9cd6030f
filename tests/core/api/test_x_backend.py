"""The shape of an XBackend, in the spellings of two releases."""

from typing import Any

import pytest

from portway.core import api


def x_backend(**spec: Any) -> api.XBackend:
    found = api.decode(
        {
            "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
            "kind": "XBackend",
            "metadata": {"name": "outside", "namespace": "shop", "generation": 3},
            "spec": {
                "type": "ExternalHostname",
                "externalHostname": {"hostname": "api.example.com"},
                "port": {"port": 443},
                **spec,
            },
        }
    )
    assert isinstance(found, api.XBackend)
    return found


@pytest.mark.parametrize("port", [{"port": 8443}, {"port": 8443, "name": "web"}, {"number": 8443}])
def test_the_port_has_two_spellings(port: dict[str, Any]) -> None:
    assert x_backend(port=port).spec.port.value == 8443


def test_what_it_says_by_itself() -> None:
    spec = x_backend().spec
    assert (spec.protocol, spec.tls) == ("", None)


def test_the_type_of_no_release_is_refused_by_name() -> None:
    with pytest.raises(api.InvalidResource, match=r"spec\.type"):
        x_backend(type="EndpointSelector")
