"""The command line as a whole: what it imports, how it fails, how fast it helps."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from portway.app.cli import COMMANDS, main

HEAVY = ("rich", "yaml", "msgspec", "grpc", "starlette", "uvicorn", "portway.core", "re2")


def test_help_lists_every_command_and_each_has_help() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    for name, line in COMMANDS.items():
        assert f"  {name} " in text
        assert line in text
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, result.output
        assert "Usage: main " + name in result.output


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["chek"])
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: There is no command 'chek'. Did you mean check?\n",
    )


@pytest.mark.parametrize("arguments", [["check"], ["run"], ["explain"], ["run", "--no-such", "x"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from portway.app.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert not [name for name in HEAVY if name in loaded]


def test_help_as_a_process(capsys: pytest.CaptureFixture[str]) -> None:
    """The time is printed for people to see; a test must not fail on a busy machine's clock."""
    portway = Path(sys.executable).with_name("portway")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([portway, "--help"], check=True, capture_output=True, timeout=30)
        times.append(time.perf_counter() - start)
    with capsys.disabled():
        print(f"\nportway --help: best of 5 {min(times) * 1000:.0f} ms")
