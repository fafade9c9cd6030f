"""`portway picker` on the command line."""

import pytest
from click.testing import CliRunner

from portway.app.cli import picker
from portway.app.picker import process
from portway.app.picker.process import PickerSettings


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[PickerSettings]:
    found: list[PickerSettings] = []

    def run(settings: PickerSettings) -> int:
        found.append(settings)
        return 0

    monkeypatch.setattr(process, "run", run)
    return found


def test_options_become_settings(ran: list[PickerSettings]) -> None:
    words = "--pool default/llama --address 127.0.0.1:1 --plaintext --explain --hold 3"
    done = CliRunner().invoke(picker.command, words.split())
    assert done.exit_code == 0, done.output
    assert ran[0].pools == {("default", "llama"): "127.0.0.1:1"}
    assert (ran[0].plaintext, ran[0].explains, ran[0].flow.hold) == (True, True, 3.0)


def test_wrong_usage_is_told(ran: list[PickerSettings]) -> None:
    done = CliRunner().invoke(picker.command, [])
    assert done.exit_code == 2
    assert "give one of --pool, --endpoints and --endpoints-file" in done.output
    assert ran == []


def test_help_does_not_show_what_is_for_tests() -> None:
    text = CliRunner().invoke(picker.command, ["--help"]).output
    assert "--endpoints-file" in text
    assert "--test-headers" not in text
