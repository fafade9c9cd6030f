"""Conditions and problems as text, whatever kind they belong to."""

from typing import Any

import pytest

from portway.app.cli import conditions

YES = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "fine"}


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "titles"),
    [
        ({"conditions": [YES]}, ["Conditions"]),
        (
            {"conditions": [YES], "listeners": [{"name": "http", "conditions": [YES]}]},
            ["Conditions", "Listener http"],
        ),
        ({"parents": [{"parentRef": {"name": "web"}, "conditions": [YES]}]}, ["Parent web"]),
        (
            {"parents": [{"parentRef": {"name": "web", "sectionName": "a"}, "conditions": [YES]}]},
            ["Parent web, section a"],
        ),
    ],
)
def test_every_group_of_conditions_has_its_title(
    status: Any, titles: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    conditions.show({"status": status})
    lines = printed(capsys).splitlines()
    assert [each for each in lines if each and not each.startswith(("TYPE", "Accepted"))] == titles
    assert lines.count("Accepted   True     Accepted   fine") == len(titles)


def gateway(message: str) -> dict[str, Any]:
    condition = {**YES, "message": message}
    metadata = {"name": "web", "namespace": "shop"}
    return {"kind": "Gateway", "metadata": metadata, "status": {"conditions": [condition]}}


def test_ports_that_were_moved_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    words = "Gateway shop/web: taken. Port 80 is bound as 10080 on this machine."
    conditions.moved_ports([gateway(words), gateway("taken"), {**gateway(words), "kind": "Other"}])
    assert printed(capsys) == "\nGateway shop/web: Port 80 is bound as 10080 on this machine.\n"


def test_nothing_is_said_when_no_port_was_moved(capsys: pytest.CaptureFixture[str]) -> None:
    conditions.moved_ports([gateway("taken")])
    assert printed(capsys) == ""


def test_problems_name_place_and_cure(capsys: pytest.CaptureFixture[str]) -> None:
    conditions.problems(
        {
            "proxy": {"state": "restarting"},
            "refused": [{"object": "HTTPRoute shop/a", "reason": "bad regex"}],
            "problems": [
                {"path": "a.yaml", "line": 3, "message": "is wrong", "cure": "mend it"},
                {"path": "b.yaml", "message": "cannot be read"},
            ],
        }
    )
    lines = printed(capsys).splitlines()
    assert "The proxy is restarting." in lines
    assert "  HTTPRoute shop/a: bad regex" in lines
    assert "  a.yaml:3: is wrong; mend it" in lines
    assert "  b.yaml: cannot be read" in lines


def test_a_healthy_instance_has_no_problems(capsys: pytest.CaptureFixture[str]) -> None:
    conditions.problems({"proxy": {"state": "ready"}, "problems": [], "refused": []})
    assert printed(capsys) == ""
