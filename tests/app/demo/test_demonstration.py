"""The demo runs, checks itself, and says which of its lines do not show what they should."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portway.app.demo import demonstration
from portway.app.demo.tries import TRIES


def test_lines_that_fail_are_named_with_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Port 9 of an address nobody has taken: every request is refused."""
    failed = demonstration._check("127.254.254.254:9")
    assert failed == [each.title for each in TRIES]
    shown = capsys.readouterr().out
    assert shown.count("FAILED") == len(TRIES)
    assert f"0 of {len(TRIES)} lines show what they should" in shown


def test_the_welcome_has_every_line_and_how_to_look(tmp_path: Path) -> None:
    text = demonstration._welcome("127.80.0.1:8081", tmp_path)
    for each in TRIES:
        assert each.line("127.80.0.1:8081") in text
    assert " explain http://shop.example.com:8081/cart --name demo\n" in text
    assert str(tmp_path / demonstration.SITE) in text


@pytest.mark.envoy
def test_the_demo_shows_what_it_says(tmp_path: Path) -> None:
    folders = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("portway")), "demo", "--check"],
        env={**os.environ, **folders},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(TRIES)} of {len(TRIES)} lines show what they should" in done.stdout
    assert "FAILED" not in done.stdout
