"""Objects of a small site with TLS in both directions, for tests of the whole core."""

import base64
from typing import Any

from portway.core import api
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site
from tests.core.translate.pki import ca_pem, tls_secret

CA_REF = {"group": "", "kind": "ConfigMap", "name": "ca"}


def authorities(*names: str, name: str = "ca") -> api.Event:
    """A ConfigMap with the certificates of these authorities."""
    text = "".join(ca_pem(each) for each in names)
    metadata = {"name": name}
    return site.event(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": text}}
    )


def secret(name: str, host: str = "a.example.com") -> api.Event:
    """A Secret with a certificate for a host."""
    data = {
        key: base64.b64encode(value).decode()
        for key, value in tls_secret(name, host, namespace="default").data.items()
    }
    metadata = {"name": name}
    return site.event(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "type": "kubernetes.io/tls",
            "data": data,
        }
    )


def policy(
    name: str = "tls", service: str = "app", hostname: str = "app.internal", ca: str = "ca"
) -> api.Event:
    """A BackendTLSPolicy."""
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "BackendTLSPolicy",
            "metadata": {"name": name},
            "spec": {
                "targetRefs": [{"group": "", "kind": "Service", "name": service}],
                "validation": {
                    "hostname": hostname,
                    "caCertificateRefs": [{**CA_REF, "name": ca}],
                },
            },
        }
    )


def gateway(client: str = "", *, mtls: bool = False) -> api.Event:
    """The Gateway `web` with a plain and an HTTPS listener; `client` is what it shows."""
    tls: dict[str, Any] = {}
    if client:
        tls["backend"] = {"clientCertificateRef": {"name": client}}
    if mtls:
        tls["frontend"] = {"default": {"validation": {"caCertificateRefs": [CA_REF]}}}
    https = {"certificateRefs": [{"name": "cert"}]}
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "Gateway",
            "metadata": {"name": "web"},
            "spec": {
                "gatewayClassName": "portway",
                "listeners": [
                    {"name": "http", "protocol": "HTTP", "port": 8080},
                    {"name": "https", "protocol": "HTTPS", "port": 8443, "tls": https},
                ],
                "tls": tls,
            },
        }
    )


def core(schema: Schema, *events: api.Event) -> Core:
    """A settled core of a site whose Service `app` is reached over TLS."""
    base = [authorities("one"), secret("cert"), gateway(), policy(), site.route("a")]
    return site.core(schema, *base, *events)
