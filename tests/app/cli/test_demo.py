"""`portway demo`: an instance of its own name, and a folder that may be chosen."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portway.app import demo
from portway.app.cli import main
from portway.app.settings import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Settings, Path, bool]]:
    """What the demo was started with, instead of starting it."""
    calls: list[tuple[Settings, Path, bool]] = []

    def run(*arguments: Any) -> int:
        calls.append(arguments)
        return 5

    monkeypatch.setattr(demo, "run", run)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return calls


def test_it_is_an_instance_of_its_own(
    started: list[tuple[Settings, Path, bool]], tmp_path: Path
) -> None:
    assert CliRunner().invoke(main, ["demo"]).exit_code == 5
    ((settings, manifests, check),) = started
    assert settings.name == "demo"
    assert settings.paths == (str(manifests),)
    assert manifests.is_relative_to(tmp_path)
    assert not check


def test_the_folder_may_be_chosen(
    started: list[tuple[Settings, Path, bool]], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    CliRunner().invoke(main, ["demo", "--folder", str(folder), "--check"])
    ((settings, manifests, check),) = started
    assert (manifests, settings.paths, check) == (folder, (str(folder),), True)
