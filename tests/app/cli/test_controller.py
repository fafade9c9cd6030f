"""`portway controller`: from options to settings."""

import types
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import portway.app
from portway.app.cli import main


def test_options_become_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[Any, ...]] = []

    def run(*arguments: Any) -> int:
        calls.append(arguments)
        return 7

    monkeypatch.setattr(portway.app, "controller", types.SimpleNamespace(run=run), raising=False)
    config = tmp_path / "config"
    config.touch()
    words = ["controller", "--kubeconfig", str(config), "--context", "x", "--data", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 7, result.output
    ((settings, kubeconfig, context, lease),) = calls
    assert (kubeconfig, context, lease) == (config, "x", "")
    assert (settings.name, settings.data, settings.paths) == ("controller", tmp_path, ())
    assert settings.api == ""


def test_a_kubeconfig_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    words = ["controller", "--kubeconfig", str(tmp_path / "none")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "does not exist" in result.output
