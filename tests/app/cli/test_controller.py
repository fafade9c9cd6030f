"""`portway controller`: from options to settings."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portway.app import controller
from portway.app.cli import main


def test_options_become_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[Any, ...]] = []

    def run(*arguments: Any) -> int:
        calls.append(arguments)
        return 7

    monkeypatch.setattr(controller, "run", run)
    config = tmp_path / "config"
    config.touch()
    words = ["controller", "--kubeconfig", str(config), "--context", "x", "--data", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 7, result.output
    ((settings, asked),) = calls
    assert asked == controller.Asked(config, "x", "", None, asked.xds_name, "")
    assert (settings.name, settings.data, settings.paths) == ("controller", tmp_path, ())
    assert (settings.api, settings.probes) == ("", "")
    more = ["--write-status", "gw", "--xds-address", "0.0.0.0:18000", "--probe-address", ":1"]
    assert CliRunner().invoke(main, [*words, *more]).exit_code == 7
    settings, asked = calls[1]
    where = "portway-xds.gw.svc:18000"
    assert asked == controller.Asked(config, "x", "gw", ("0.0.0.0", 18000), where)
    assert settings.probes == ":1"
    assert CliRunner().invoke(main, [*words, *more, "--provision", "x:1"]).exit_code == 7
    assert (calls[2][1].image, calls[2][1].picker_role) == ("x:1", "")
    made = ["--provision", "x:1", "--picker-role", "r"]
    assert CliRunner().invoke(main, [*words, *more, *made]).exit_code == 7
    assert calls[3][1].picker_role == "r"


def test_proxies_need_a_place_for_their_authority(tmp_path: Path) -> None:
    words = ["controller", "--data", str(tmp_path), "--xds-address"]
    result = CliRunner().invoke(main, [*words, "127.0.0.1:0"])
    assert result.exit_code == 2
    assert "--write-status" in result.output
    result = CliRunner().invoke(main, ["controller", "--data", str(tmp_path), "--provision", "x"])
    assert result.exit_code == 2
    assert "--xds-address" in result.output
    result = CliRunner().invoke(main, ["controller", "--data", str(tmp_path), "--picker-role", "r"])
    assert result.exit_code == 2
    assert "--provision" in result.output
    result = CliRunner().invoke(main, [*words, "127.0.0.1", "--write-status", "gw"])
    assert result.exit_code == 2
    assert "not a port" in result.output


def test_a_kubeconfig_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    words = ["controller", "--kubeconfig", str(tmp_path / "none")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_namespaces_and_a_class_are_passed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[controller.Asked] = []

    def run(_: Any, asked: controller.Asked) -> int:
        calls.append(asked)
        return 7

    monkeypatch.setattr(controller, "run", run)
    words = ["controller", "--data", str(tmp_path), "--write-status", "gw"]
    more = ["--watch-namespaces", "shop, default,shop", "--gateway-class", "portway"]
    assert CliRunner().invoke(main, [*words, *more]).exit_code == 7
    assert calls[0].namespaces == ("default", "shop")
    assert calls[0].gateway_class == "portway"
    result = CliRunner().invoke(main, [*words, "--watch-namespaces", "a,B_"])
    assert result.exit_code == 2
    assert "'B_' is no name of a namespace" in result.output


def test_a_class_is_made_only_by_who_writes(tmp_path: Path) -> None:
    words = ["controller", "--data", str(tmp_path), "--gateway-class", "portway"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "--write-status" in result.output
