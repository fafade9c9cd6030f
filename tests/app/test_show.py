"""What an instance shows of itself: where each answer comes from."""

from typing import Any

import pytest

from portway.adapters.admin.metrics import Metrics
from portway.adapters.folder.problem import FileProblem
from portway.app.addresses import AddressPool
from portway.app.show import Show
from portway.app.statuses import Statuses
from portway.app.turn import Loop
from portway.core import delta
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site


@pytest.fixture
def shown(schema: Schema) -> Show:
    """An instance with a Gateway and a route, which has taken its first turn."""
    loop = Loop(
        Core(schema, strict=True),
        AddressPool("127.80.0.0/28", port_offset=0),
        Statuses(lambda: "2026-01-01T00:00:00Z"),
        Metrics(),
        resources=delta.ResourceSet(),
        publish=lambda _owners: None,
        begin=lambda: None,
        quiet=lambda: False,
    )
    loop.core.apply([site.gateway_class(), site.gateway(), site.service("app"), site.route("a")])
    loop.turn()
    return Show(loop, schema)


def test_it_is_ready_when_nothing_speaks_against_it(shown: Show) -> None:
    ready, reasons = shown.ready()
    assert not ready
    assert len(reasons) == 3
    shown._loop.listed.set()
    shown.proxy = {"state": "restarting", "pid": 0}
    shown.quiet_once = True
    assert shown.ready() == (False, ["the proxy is restarting"])
    shown.proxy = {"state": "ready", "pid": 7}
    assert shown.ready() == (True, [])


def test_a_status_has_everything_a_user_asks_about(shown: Show) -> None:
    problem = FileProblem("site.yaml", 3, None, "what is wrong", "what to do")
    shown.problems = (problem,)
    route = site.key("HTTPRoute", "a")
    shown._loop.search.culprits[route] = "words"
    found = shown.status()
    assert [(each["kind"], each["name"]) for each in found["objects"]] == [
        ("Gateway", "web"),
        ("GatewayClass", "portway"),
        ("HTTPRoute", "a"),
    ]
    assert found["problems"][0]["line"] == 3
    assert found["refused"] == [{"object": "HTTPRoute default/a", "reason": "words"}]
    assert found["proxy"]["state"] == "starting"


def test_the_configuration_is_what_the_proxy_gets(shown: Show, schema: Schema) -> None:
    resources: list[dict[str, Any]] = shown.config()["resources"]
    core = shown._loop.core.resources()
    assert [each["version"] for each in resources] == [each.version for each in core]
    listener = next(each for each in resources if each["type"].endswith(".Listener"))
    assert listener["resource"]["name"] == "default/web/8080"


def test_objects_are_shown_as_they_were_written(shown: Show) -> None:
    found = shown.objects()["objects"]
    assert [each["kind"] for each in found] == ["Gateway", "GatewayClass", "HTTPRoute", "Service"]
    assert found[2]["spec"]["hostnames"] == ["a.example.com"]


async def test_it_explains_a_request_and_refuses_what_is_none(shown: Show) -> None:
    found = await shown.explain({"url": "http://a.example.com:8080/"})
    assert "HTTPRoute" in str(found)
    with pytest.raises(ValueError, match="url"):
        await shown.explain({})
