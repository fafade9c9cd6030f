"""`portway run` and `portway demo`: from options to settings."""

import types
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import portway.app
from portway.app.cli import main
from portway.app.settings import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was started, instead of starting it."""
    calls: list[tuple[Any, ...]] = []

    def run(*arguments: Any) -> int:
        calls.append(arguments)
        return 7

    for name in ("standalone", "demo"):
        fake = types.SimpleNamespace(run=run)
        monkeypatch.setattr(portway.app, name, fake, raising=False)
    return calls


def test_options_become_settings(started: list[tuple[Settings]], tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main,
        [
            *("run", "site", "more.yaml", "--data", str(tmp_path / "d"), "--name", "one"),
            *("--address-pool", "127.9.0.0/24", "--port-offset", "0", "--concurrency", "2"),
            *("--drain-time", "1.5", "--admin-port", "0", "--log-format", "json", "--once"),
            *("--access-log", str(tmp_path / "a.log")),
        ],
    )
    assert result.exit_code == 7, result.output
    ((settings,),) = started
    assert settings.paths == ("site", "more.yaml")
    assert settings.data == tmp_path / "d"
    assert (settings.address_pool, settings.port_offset, settings.workers) == ("127.9.0.0/24", 0, 2)
    assert (settings.drain_seconds, settings.admin_port, settings.once) == (1.5, 0, True)
    assert settings.access_log == tmp_path / "a.log"
    assert settings.data.is_dir()
    assert settings.run_dir.is_dir()


def test_without_options_the_machine_decides(
    started: list[tuple[Settings]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert CliRunner().invoke(main, ["run", "site"]).exit_code == 7
    ((settings,),) = started
    assert settings.port_offset is None
    assert settings.admin_port is None
    assert settings.data == tmp_path / "portway" / "default"


@pytest.mark.parametrize(
    "arguments",
    [["--port-offset", "-1"], ["--admin-port", "65536"], ["--name", "../x"], ["--log-level", "x"]],
)
def test_what_makes_no_sense_is_wrong_usage(
    started: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert CliRunner().invoke(main, ["run", "site", *arguments]).exit_code == 2
    assert started == []


def test_demo_has_an_instance_of_its_own(
    started: list[tuple[Settings, Path, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert CliRunner().invoke(main, ["demo"]).exit_code == 7
    ((settings, folder, check),) = started
    assert not check
    assert settings.name == "demo"
    assert settings.paths == (str(folder),)
