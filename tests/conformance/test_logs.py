"""The node's endpoint for the output of containers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.conformance.harness.container import Container
from tests.conformance.harness.logs import application, node
from tests.conformance.harness.sandbox import Line, Sandbox

NOW = datetime(2026, 1, 1, 12, 0, 10, tzinfo=UTC)


def sandbox() -> Sandbox:
    """A container that wrote ten lines, a second apart."""
    made = Sandbox(Container("web", "echo-basic", [], {}, {}), "10.244.0.2", Path("unused"))
    made.lines.extend(
        Line(NOW - timedelta(seconds=10 - each), f"{each}\n".encode()) for each in range(10)
    )
    return made


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "0 1 2 3 4 5 6 7 8 9"),
        ({"sinceTime": "2026-01-01T12:00:07Z"}, "7 8 9"),
        ({"sinceSeconds": "2"}, "8 9"),
        ({"tailLines": "1"}, "9"),
        ({"tailLines": "0"}, ""),
        ({"tailLines": "1", "timestamps": "true"}, "2026-01-01T12:00:09+00:00 9"),
    ],
)
async def test_the_lines_that_are_asked_for(query: dict[str, str], said: str) -> None:
    running = {("infra", "web-1"): [sandbox()]}
    app = application(lambda *key: running.get(key, ()), lambda: NOW)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://node"
    ) as client:
        found = await client.get("/containerLogs/infra/web-1/web", params=query)
        assert " ".join(found.text.split("\n")).strip() == said
        assert (await client.get("/containerLogs/infra/web-1/no")).status_code == 404
        assert (await client.get("/containerLogs/infra/no/web")).status_code == 404


def test_the_node_says_where_it_is() -> None:
    status = node(10250)["status"]
    assert status["addresses"] == [{"type": "InternalIP", "address": "127.0.0.1"}]
    assert status["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 10250
