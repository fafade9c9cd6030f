"""An API server that has Secrets and nothing else, and can be in a bad way."""

import json
from typing import Any

import httpx

from portway.adapters.kube.client import Client
from tests.adapters.kube.test_reflector import ACCESS, QUICK


class Secrets:
    """``kept`` by place; ``answer`` with this status instead of doing anything, while it is set."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.answer = 0
        self.away = False
        self.asked: list[str] = []
        self._revision = 0
        self.before: Any = None
        """Called before each write, once: somebody is faster."""

    def client(self) -> Client:
        return Client(ACCESS, QUICK, httpx.MockTransport(self._handle))

    def put(self, place: str, document: dict[str, Any]) -> dict[str, Any]:
        self._revision += 1
        metadata = {
            "uid": f"u{self._revision}",
            **document["metadata"],
            "resourceVersion": str(self._revision),
        }
        self.kept[place] = {**document, "metadata": metadata}
        return self.kept[place]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("nobody there")
        if self.answer:
            return httpx.Response(self.answer, json={"reason": "Trouble", "message": "no"})
        parts = request.url.path.split("/")
        assert parts[:4] == ["", "api", "v1", "namespaces"], parts
        assert parts[5] == "secrets"
        self.asked.append(request.method)
        if request.method != "GET" and self.before is not None:
            before, self.before = self.before, None
            before()
        document = json.loads(request.content or "{}")
        name = parts[6] if len(parts) > 6 else document["metadata"]["name"]
        return self._done(request.method, f"{parts[4]}/{name}", document)

    def _done(self, method: str, place: str, document: dict[str, Any]) -> httpx.Response:
        there = self.kept.get(place)
        if method == "POST":
            if there is not None:
                return httpx.Response(409, json={"reason": "AlreadyExists"})
            return httpx.Response(201, json=self.put(place, document))
        if there is None:
            return httpx.Response(404, json={"reason": "NotFound"})
        if method == "PUT":
            if document["metadata"].get("resourceVersion") != there["metadata"]["resourceVersion"]:
                return httpx.Response(409, json={"reason": "Conflict"})
            return httpx.Response(200, json=self.put(place, document))
        return httpx.Response(200, json=there)
