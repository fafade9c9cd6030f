"""Sites of models: pools with endpoint pickers, the Services of the pickers, and a client.

Knows the manifests and how to wait until they are served. Must not know what a module tests, and
must not import the product.
"""

from typing import Any

import httpx

from tests.wire import seeds
from tests.wire.harness import manifests
from tests.wire.harness.manifests import Document
from tests.wire.harness.portway import Portway

GATEWAY, ROUTE = "default/web", "default/models"
KIND = {"group": "inference.networking.k8s.io", "kind": "InferencePool"}
PLAIN = "kubernetes.io/h2c"


def pool(name: str, picker: str, *endpoints: str, mode: str = "FailClose", **more: Any) -> Document:
    """A pool with endpoints given by annotation; without a picker if its name is empty."""
    ref = {"name": picker, "port": {"number": 9002}, "failureMode": mode}
    return {
        "apiVersion": "inference.networking.k8s.io/v1",
        "kind": "InferencePool",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": {"portway.dev/endpoints": ",".join(endpoints)},
        },
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "targetPorts": [{"number": 8000}],
            **({"endpointPickerRef": ref} if picker else {}),
            **more,
        },
    }


def picker_service(name: str, endpoint: str, protocol: str = PLAIN) -> Document:
    """The Service of a picker, asked in plain text unless its port speaks otherwise."""
    return manifests.service(name, endpoint, port=9002, app_protocol=protocol)


def gateway() -> Document:
    """The Gateway of every site."""
    return manifests.gateway("web", [{"name": "http", "port": 8080, "protocol": "HTTP"}])


def to(name: str, **fields: Any) -> Document:
    """A backendRef to a pool."""
    return {**KIND, "name": name, **fields}


def site(*backends: Document, **fields: Any) -> list[Document]:
    """The Gateway and a route of one rule; `fields` are further ones of the rule."""
    rule = manifests.rule(*backends, **fields)
    return [gateway(), manifests.http_route("models", "web", [rule])]


async def base(portway: Portway, *routes: str) -> str:
    """The URL of the Gateway, once it and the routes are served."""
    await seeds.serving(portway, [GATEWAY], routes or (ROUTE,))
    address, port = await seeds.where(portway, GATEWAY, 8080)
    return f"http://{address}:{port}"


async def client(portway: Portway, *routes: str) -> httpx.AsyncClient:
    """A client of the Gateway, once it and the routes are served."""
    url = await base(portway, *routes)
    return httpx.AsyncClient(verify=False, base_url=url, timeout=10, trust_env=False)


async def asked(
    web: httpx.AsyncClient, method: str = "POST", path: str = "/v1/completions", **more: Any
) -> tuple[int, str]:
    """A request, with a long body unless it is a GET; its status and the backend that answered."""
    body: dict[str, Any] = {} if method == "GET" else {"content": b"x" * 100_000}
    answer = await web.request(method, path, **body, **more)
    service = answer.json().get("service", "") if answer.status_code == 200 else ""
    return answer.status_code, service
