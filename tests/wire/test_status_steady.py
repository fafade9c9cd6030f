"""A status never flaps: what was true and stays true is never said to be false in between.

Followed by a watch through the local API, which shows every status that was ever written.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.test_embedded_api import PATHS, api_of

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

CHANGES = 30


def conditions(value: Any) -> list[tuple[str, str]]:
    """Every condition of a status, wherever it stands."""
    if isinstance(value, list):
        return [found for each in value for found in conditions(each)]
    if not isinstance(value, dict):
        return []
    if {"type", "status", "reason"} <= value.keys():
        return [(value["type"], value["status"])]
    return [found for each in value.values() for found in conditions(each)]


def routes(turn: int) -> list[Document]:
    """Two routes: one that changes with every turn, one that never does."""
    matches = [{"path": {"type": "PathPrefix", "value": f"/{turn}"}}]
    changing = rule(backend("app"), matches=matches)
    return [
        http_route("changing", "web", [changing], hostnames=["a.example.com"]),
        http_route("still", "web", [rule(backend("app"))], hostnames=["b.example.com"]),
    ]


class Watches:
    """Every version of an object that a watch of its kind showed."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.seen: dict[str, list[Document]] = {"Gateway": [], "HTTPRoute": []}

    async def follow(self, kind: str) -> None:
        query = {"watch": "1", "resourceVersion": "0", "timeoutSeconds": "60"}
        async with self._http.stream("GET", PATHS[kind], params=query, timeout=60) as watch:
            async for line in watch.aiter_lines():
                self.seen[kind].append(json.loads(line)["object"])

    def named(self, name: str) -> list[Document]:
        return [each for each in self.seen["HTTPRoute"] if each["metadata"]["name"] == name]

    def told(self, turn: int) -> bool:
        """Whether that version of the route that changes had a status of its own."""
        return any(
            each["spec"]["rules"][0]["matches"][0]["path"]["value"] == f"/{turn}"
            and each["metadata"]["generation"]
            == each["status"]["parents"][0]["conditions"][0]["observedGeneration"]
            for each in self.named("changing")
            if each.get("status")
        )

    def said(self) -> set[tuple[str, str, str]]:
        return {
            (kind, *condition)
            for kind, told in self.seen.items()
            for each in told
            for condition in conditions(each.get("status"))
        }


async def test_what_stays_true_is_never_said_to_be_false(tmp_path: Path) -> None:
    async with Origin("app") as origin, Portway(tmp_path) as portway, api_of(portway) as http:
        web = gateway("web", [listener("http", 8080)])
        portway.write("site", [web, service_of("app", origin.endpoint)])
        portway.write("routes", routes(0))
        await portway.address("web")
        watches = Watches(http)

        async def last() -> bool:
            return watches.told(CHANGES)

        async with asyncio.TaskGroup() as group:
            following = [group.create_task(watches.follow(kind)) for kind in watches.seen]
            for turn in range(1, CHANGES + 1):
                portway.write("routes", routes(turn))
                await asyncio.sleep(0.02)
            await portway.until(last, "the last change has its status")
            for each in following:
                each.cancel()
    said = watches.said()
    assert {each for each in said if each[2] != "True"} == {("Gateway", "Conflicted", "False")}
    assert ("Gateway", "Programmed", "True") in said
    assert ("HTTPRoute", "Accepted", "True") in said
    assert len(watches.named("still")) == 1, "nothing is new about a route that nobody touched"
