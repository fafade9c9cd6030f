"""`portway check`: grouping, formats, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portway.app.cli import main

GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: portway
  listeners: [{name: http, port: 8080, protocol: HTTP}]
"""

BAD_ROUTE = """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: wbe}]
"""

TYPO = "---\n" + GATEWAY.replace("name: web", "name: other").replace(
    "port: 8080", "prot: 1, port: 8081"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def check(folder: Path, text: str, *arguments: str) -> Result:
    (folder / "site.yaml").write_text(text)
    return CliRunner().invoke(main, ["check", str(folder), *arguments])


def test_findings_are_grouped_by_object_with_place_code_and_cure(folder: Path) -> None:
    result = check(folder, GATEWAY + BAD_ROUTE)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    start = lines.index(f"HTTPRoute default/a  ({folder}/site.yaml:8)")
    assert lines[start + 1 : start + 3] == [
        "  error PW010 spec.parentRefs[0]: names Gateway default/wbe, which does not exist",
        "      did you mean web?",
    ]
    assert lines[-1].startswith("1 errors, 0 warnings")


def test_warnings_count_only_when_strict(folder: Path) -> None:
    assert check(folder, GATEWAY + TYPO).exit_code == 0
    assert check(folder, GATEWAY + TYPO, "--strict").exit_code == 1


def test_json_has_every_part(folder: Path) -> None:
    (found,) = [
        each
        for each in json.loads(check(folder, GATEWAY + BAD_ROUTE, "-o", "json").output)
        if each["severity"] == "error"
    ]
    assert (found["code"], found["kind"], found["namespace"], found["name"]) == (
        "PW010",
        "HTTPRoute",
        "default",
        "a",
    )
    assert (found["file"], found["line"]) == (f"{folder}/site.yaml", 8)


def test_remarks_can_be_left_out(folder: Path) -> None:
    result = check(folder, GATEWAY, "--no-info")
    assert (result.exit_code, result.output) == (0, "No findings.\n")


def test_colour_is_there_when_asked_for(folder: Path) -> None:
    assert "\x1b[" in check(folder, GATEWAY + BAD_ROUTE, "--color", "always").output
    assert "\x1b[" not in check(folder, GATEWAY + BAD_ROUTE).output


def test_a_broken_file_is_reported_by_line(folder: Path) -> None:
    result = check(folder, "kind: Gateway\n")
    assert result.exit_code == 1
    assert "error PW001: line 1: the document has no apiVersion" in result.output


def test_a_path_that_is_not_there_is_wrong_usage(folder: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(folder / "nothing")])
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert "Traceback" not in result.stderr


def test_standard_input(folder: Path) -> None:
    result = CliRunner().invoke(main, ["check", "-"], input=GATEWAY + BAD_ROUTE)
    assert result.exit_code == 1
    assert "PW010" in result.output
