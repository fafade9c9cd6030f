"""The defaults of a Gateway are those of the CRD."""

from portway.core import api


def test_defaults() -> None:
    gateway = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "x"},
            "spec": {
                "gatewayClassName": "c",
                "addresses": [{}],
                "listeners": [
                    {"name": "a", "port": 443, "protocol": "HTTPS",
                     "tls": {"certificateRefs": [{"name": "c"}]},
                     "allowedRoutes": {"kinds": [{"kind": "HTTPRoute"}]}},
                ],
            },
        }
    )  # fmt: skip
    assert isinstance(gateway, api.Gateway)
    (listener,) = gateway.spec.listeners
    assert gateway.spec.addresses[0].type == "IPAddress"
    assert gateway.spec.allowed_listeners.namespaces.from_ == "None"
    assert listener.allowed_routes.namespaces.from_ == "Same"
    assert listener.allowed_routes.kinds[0].group == "gateway.networking.k8s.io"
    assert listener.tls is not None
    assert listener.tls.mode == "Terminate"
    certificate = listener.tls.certificate_refs[0]
    assert (certificate.group, certificate.kind) == ("", "Secret")
