"""A client of the embedded API: get, list, watch, write.

Knows the paths of the kinds the harness needs and how a list and a watch belong together. Must
not know what anybody does with the objects.
"""

import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx

Document = dict[str, Any]

_PLURALS: Final = {
    "ConfigMap": ("api/v1", "configmaps"),
    "CustomResourceDefinition": ("apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
    "Deployment": ("apis/apps/v1", "deployments"),
    "EndpointSlice": ("apis/discovery.k8s.io/v1", "endpointslices"),
    "GatewayClass": ("apis/gateway.networking.k8s.io/v1", "gatewayclasses"),
    "Namespace": ("api/v1", "namespaces"),
    "Node": ("api/v1", "nodes"),
    "Pod": ("api/v1", "pods"),
    "Secret": ("api/v1", "secrets"),
    "Service": ("api/v1", "services"),
    "ValidatingAdmissionPolicy": (
        "apis/admissionregistration.k8s.io/v1",
        "validatingadmissionpolicies",
    ),
    "ValidatingAdmissionPolicyBinding": (
        "apis/admissionregistration.k8s.io/v1",
        "validatingadmissionpolicybindings",
    ),
}


class Gone(Exception):
    """A watch is over; list again."""


class Api:
    """Talks to one API until closed."""

    def __init__(self, data: Path) -> None:
        """``data``: the data folder of the instance, where its kubeconfig and certificates are."""
        tls = data / "tls"
        context = ssl.create_default_context(cafile=str(tls / "ca.crt"))
        context.load_cert_chain(tls / "client.crt", tls / "client.key")
        server = json.loads((data / "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
        self._http = httpx.AsyncClient(
            verify=context,
            base_url=server,
            trust_env=False,
            timeout=30,
            headers={"user-agent": "conformance-harness"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def get(self, kind: str, name: str, namespace: str = "") -> Document | None:
        """The object; None if there is none."""
        response = await self._http.get(path(kind, namespace, name))
        return None if response.status_code == 404 else _document(response)

    async def create(self, document: Document) -> Document | None:
        """Make an object. None if its name is taken, or its namespace is going or gone."""
        kind, namespace = document["kind"], document["metadata"].get("namespace", "")
        response = await self._http.post(path(kind, namespace), json=document)
        return None if response.status_code in (403, 404, 409) else _document(response)

    async def apply(self, document: Document) -> Document:
        """Server-side apply, by force."""
        metadata = document["metadata"]
        response = await self._http.patch(
            path(document["kind"], metadata.get("namespace", ""), metadata["name"]),
            params={"fieldManager": "conformance-harness", "force": "true"},
            content=json.dumps(document).encode(),
            headers={"content-type": "application/apply-patch+yaml"},
        )
        return _document(response)

    async def patch(self, document: Document, change: Document, sub: str = "") -> Document | None:
        """Merge ``change`` into an object or its subresource. None if it is gone."""
        metadata = document["metadata"]
        response = await self._http.patch(
            path(document["kind"], metadata.get("namespace", ""), metadata["name"], sub),
            content=json.dumps(change).encode(),
            headers={"content-type": "application/merge-patch+json"},
        )
        return None if response.status_code == 404 else _document(response)

    async def delete(self, document: Document) -> None:
        """Delete this very object; one of the same name that took its place stays."""
        metadata = document["metadata"]
        where = path(document["kind"], metadata.get("namespace", ""), metadata["name"])
        body = {"preconditions": {"uid": metadata["uid"]}}
        response = await self._http.request("DELETE", where, json=body)
        if response.status_code not in (404, 409):
            _document(response)

    async def list(self, kind: str) -> tuple[list[Document], str]:
        """(all objects of a kind, the revision they are of)."""
        document = _document(await self._http.get(path(kind)))
        items = [{**each, "kind": kind} for each in document["items"]]
        return items, document["metadata"]["resourceVersion"]

    async def watch(self, kind: str, revision: str) -> AsyncIterator[tuple[str, Document]]:
        """(ADDED, MODIFIED or DELETED, the object), from a revision on. Raises Gone at its end."""
        params = {"watch": "true", "resourceVersion": revision}
        timeout = httpx.Timeout(30, read=None)
        async with self._http.stream("GET", path(kind), params=params, timeout=timeout) as answer:
            if answer.status_code != 200:
                raise Gone(kind)
            async for line in answer.aiter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise Gone(kind)
                if event["type"] != "BOOKMARK":
                    yield event["type"], {**event["object"], "kind": kind}
        raise Gone(kind)


def path(kind: str, namespace: str = "", name: str = "", sub: str = "") -> str:
    """The path of a kind, of an object or of its subresource."""
    prefix, plural = _PLURALS[kind]
    space = f"namespaces/{namespace}" if namespace else ""
    return "/" + "/".join(part for part in (prefix, space, plural, name, sub) if part)


def _document(response: httpx.Response) -> Document:
    if response.is_error:
        raise RuntimeError(
            f"{response.request.method} {response.request.url.path}: "
            f"{response.status_code} {response.text[:500]}"
        )
    found: Document = response.json()
    return found
