"""The access log: `portway run --access-log`, a line for each request."""

import json
from pathlib import Path

import pytest

from tests.wire.harness import http, manifests
from tests.wire.harness.manifests import backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

PORT = 8080


async def test_every_request_is_a_line_with_its_rule_and_without_its_secrets(
    tmp_path: Path,
) -> None:
    log = tmp_path / "access.log"
    options = ("--access-log", str(log))
    async with Origin("app") as app, Portway(tmp_path / "one", options=options) as portway:
        route = http_route("app", "web", [rule(backend("app"))])
        gateway = manifests.gateway("web", [manifests.listener("http", PORT)])
        portway.write("site", [gateway, service("app", app.endpoint), route])
        address = await portway.address("web")
        lines: list[dict[str, object]] = []

        async def logged() -> bool:
            async with http.client(address, ports={80: PORT}) as client:
                headers = {"Authorization": "hidden"}
                await client.get("http://app.example.com/p?token=hidden", headers=headers)
            lines[:] = [json.loads(each) for each in log.read_text().splitlines()]
            return any(each["route"] == "httproute/default/app/0" for each in lines)

        await portway.until(logged, "a request is in the access log")
        found = next(each for each in lines if each["route"])
        assert (found["path"], found["status"], found["backend"]) == ("/p", 200, app.endpoint)
        assert "hidden" not in log.read_text()
