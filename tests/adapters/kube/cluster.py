"""A cluster without sockets: discovery, and a hostile server for each list there is."""

import re
from typing import Any

import httpx

from tests.adapters.kube.hostile import Hostile, status

GATEWAY = "gateway.networking.k8s.io"
CORE = ("services", "secrets", "configmaps", "namespaces", "pods")


class Cluster(httpx.AsyncBaseTransport):
    """`kinds` are plurals by group and version."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, str], list[str]] = {
            ("", "v1"): list(CORE),
            ("discovery.k8s.io", "v1"): ["endpointslices"],
            (GATEWAY, "v1"): ["gatewayclasses", "gateways", "httproutes"],
        }
        self.lists: dict[str, Hostile] = {}
        self.forbidden: set[str] = set()
        self.crds = self.of("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        self.accepted: dict[str, set[str]] = {}
        self.broken = False

    def of(self, path: str) -> Hostile:
        """The list at a path."""
        return self.lists.setdefault(path, Hostile())

    def routes(self, version: str = "v1", plural: str = "httproutes") -> Hostile:
        """A list of the Gateway API."""
        return self.of(f"/apis/{GATEWAY}/{version}/{plural}")

    def install(self, group: str, version: str, plural: str) -> None:
        """A CRD comes."""
        self.kinds.setdefault((group, version), []).append(plural)
        self.crds.put(f"{plural}.{group}", self.crds.revision)

    def remove(self, group: str, version: str, plural: str) -> None:
        """A CRD goes."""
        self.kinds[group, version].remove(plural)
        self.crds.delete(f"{plural}.{group}")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.broken:
            return httpx.Response(503, json=status(503))
        if path == "/apis":
            return httpx.Response(200, json={"groups": self._groups()})
        for (group, version), plurals in self.kinds.items():
            root = f"/apis/{group}/{version}" if group else f"/api/{version}"
            if path == root:
                return httpx.Response(200, json=_resources(plurals))
            asked = path.removeprefix(f"{root}/")
            if asked in self.forbidden:
                return httpx.Response(403, json=status(403))
            if re.sub("^namespaces/[^/]+/", "", asked) in plurals:
                return await self._list(path, request)
        if path.endswith("customresourcedefinitions"):
            return await self._list(path, request)
        return httpx.Response(404, content=b"404 page not found")

    async def _list(self, path: str, request: httpx.Request) -> httpx.Response:
        self.accepted.setdefault(path, set()).add(request.headers["accept"])
        return await self.of(path).handle_async_request(request)

    def _groups(self) -> list[dict[str, Any]]:
        names = sorted({group for group, _ in self.kinds if group})
        return [
            {"name": name, "versions": [{"version": v} for g, v in self.kinds if g == name]}
            for name in names
        ]


def _resources(plurals: list[str]) -> dict[str, Any]:
    made = [
        {"name": each, "kind": each, "verbs": ["get", "list", "watch"], "namespaced": True}
        for each in plurals
    ]
    status_of = [{**each, "name": f"{each['name']}/status", "verbs": ["get"]} for each in made]
    return {"resources": [*made, *status_of]}
