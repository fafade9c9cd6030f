"""`portway status` against an instance that answers as the admin endpoint does."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portway.app.cli import main

CONDITION = {"status": "True", "reason": "Programmed", "message": "serving"}
OBJECTS = [
    {
        "kind": "Gateway",
        "metadata": {"name": "edge", "namespace": "infra"},
        "spec": {"gatewayClassName": "portway"},
    },
    {
        "kind": "HTTPRoute",
        "metadata": {"name": "a", "namespace": "apps"},
        "spec": {"hostnames": ["a.example.com"], "parentRefs": [{"name": "edge"}]},
    },
    {"kind": "HTTPRoute", "metadata": {"name": "b", "namespace": "infra"}, "spec": {}},
    {"kind": "Service", "metadata": {"name": "s", "namespace": "apps"}, "spec": {}},
]
STATUSES = [
    {
        "kind": "Gateway",
        "namespace": "infra",
        "name": "edge",
        "status": {
            "addresses": [{"type": "IPAddress", "value": "127.80.0.1"}],
            "conditions": [{"type": "Programmed", **CONDITION}],
            "listeners": [
                {
                    "name": "web",
                    "attachedRoutes": 2,
                    "conditions": [{"type": "Accepted", **CONDITION}],
                }
            ],
        },
    },
    {
        "kind": "HTTPRoute",
        "namespace": "apps",
        "name": "a",
        "status": {
            "parents": [
                {
                    "parentRef": {"name": "edge"},
                    "conditions": [
                        {"type": "Accepted", "status": "False", "reason": "NoMatchingParent"}
                    ],
                }
            ]
        },
    },
]


@pytest.fixture
def running(instance: Any) -> Any:
    instance.answers["/objects"] = (200, OBJECTS)
    instance.answers["/status"] = (200, {"objects": STATUSES, "problems": []})
    return instance


def status(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["status", "--data", str(data), *arguments])


def test_every_kind_has_its_table(running: Any, data: Path) -> None:
    result = status(data)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines() if line]
    assert ["NAMESPACE", "NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"] in lines
    assert ["infra", "edge", "portway", "127.80.0.1", "True", "<unknown>"] in lines
    route = ["apps", "a", "a.example.com", "False", "(NoMatchingParent)", "<unknown>"]
    assert route in lines
    assert "Service" not in result.output


@pytest.mark.parametrize("kind", ["gateway", "gtw", "gateways", "Gateway"])
def test_a_kind_has_many_names(running: Any, data: Path, kind: str) -> None:
    result = status(data, kind)
    assert "edge" in result.output
    assert "HTTPRoute" not in result.output


def test_one_namespace(running: Any, data: Path) -> None:
    result = status(data, "httproutes", "-n", "infra")
    assert "a.example.com" not in result.output
    assert "infra" in result.output


def test_a_named_object_shows_its_conditions(running: Any, data: Path) -> None:
    result = status(data, "gateway", "infra/edge", "-o", "wide")
    assert "Listener web" in result.output
    assert "Programmed" in result.output
    assert "web:2" in result.output


def test_json_joins_objects_and_statuses(running: Any, data: Path) -> None:
    found = json.loads(status(data, "gateway", "edge", "-o", "json").output)
    assert found[0]["spec"]["gatewayClassName"] == "portway"
    assert found[0]["status"]["addresses"][0]["value"] == "127.80.0.1"


def test_moved_ports_are_told_below_the_tables(running: Any, data: Path) -> None:
    assert "is bound as" not in status(data).output
    told = "Port 80 is bound as 10080 on this machine. Port 443 is bound as 10443 on this machine."
    programmed = {"type": "Programmed", **CONDITION, "message": f"infra/edge: taken. {told}"}
    moved = {**STATUSES[0], "status": {"conditions": [programmed]}}
    running.answers["/status"] = (200, {"objects": [moved], "problems": []})
    assert f"\n\nGateway infra/edge: {told}\n" in status(data).output
    assert status(data, "httproute").output.count("is bound as") == 0
    assert status(data, "gateway", "edge").output.count(told) == 1


def test_what_is_not_there_exits_with_1(running: Any, data: Path) -> None:
    result = status(data, "gateway", "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: no Gateway nobody\n")


def test_an_unknown_kind_is_wrong_usage(running: Any, data: Path) -> None:
    result = status(data, "node")
    assert result.exit_code == 2
    assert "there is no kind 'node'" in result.stderr


def test_problems_of_files_are_listed(running: Any, data: Path) -> None:
    problem = {"path": "a.yaml", "line": 3, "message": "not YAML", "cure": "mend it"}
    running.answers["/status"] = (200, {"objects": [], "problems": [problem]})
    assert "  a.yaml:3: not YAML; mend it\n" in status(data).output


def test_what_the_proxy_refused_is_listed_and_its_state_told(running: Any, data: Path) -> None:
    running.answers["/status"] = (
        200,
        {
            "objects": [],
            "refused": [{"object": "HTTPRoute apps/a", "reason": "bad regex"}],
            "proxy": {"state": "restarting"},
        },
    )
    output = status(data).output
    assert "  HTTPRoute apps/a: bad regex\n" in output
    assert "The proxy is restarting.\n" in output


def test_nobody_running_exits_with_3(data: Path) -> None:
    result = status(data)
    assert result.exit_code == 3
    assert "no Portway is running here" in result.stderr
