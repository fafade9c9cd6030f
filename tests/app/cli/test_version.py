"""`portway version`."""

import json
import platform

from click.testing import CliRunner

from portway.app.cli import main


def test_versions_as_text_and_json() -> None:
    text = CliRunner().invoke(main, ["version"]).output
    assert f"python   {platform.python_version()}" in text
    found = json.loads(CliRunner().invoke(main, ["version", "-o", "json"]).output)
    assert set(found) == {"portway", "envoy", "python"}
    assert found["envoy"].startswith("1.")
