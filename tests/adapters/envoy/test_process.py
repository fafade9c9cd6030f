"""Processes: started on their own, recognised again, never confused."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from portway.adapters.envoy.process import (
    Identity,
    ProcessError,
    read_identity,
    recognise,
    spawn,
    start_ticks,
    write_identity,
)

SH = Path("/bin/sh")


def _identity(pid: int) -> Identity:
    ticks = start_ticks(pid)
    assert ticks is not None
    return Identity(pid, ticks, "d")


async def test_its_output_goes_to_the_log_and_its_status_is_known(tmp_path: Path) -> None:
    process = spawn(SH, ("-c", "echo out; echo err >&2; exit 3"), tmp_path / "log")
    assert await process.ended() == 3
    assert process.has_ended()
    assert (tmp_path / "log").read_text() == "out\nerr\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    process.send(signal.SIGKILL)
    process.close()
    process.close()


async def test_what_it_writes_may_go_where_ours_goes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ("-c", "echo out; echo err >&2")
    process = spawn(SH, command, tmp_path / "log", own_output=True)
    assert await process.ended() == 0
    process.close()
    assert (tmp_path / "log").read_text() == "err\n"
    assert capfd.readouterr().out == "out\n"


async def test_it_has_a_session_of_its_own_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTWAY_TOKEN", "planted")
    process = spawn(SH, ("-c", "env; ps -o sid= -p $$ || cat /proc/$$/stat"), tmp_path / "log")
    assert await process.ended() == 0
    process.close()
    text = (tmp_path / "log").read_text()
    assert "planted" not in text
    assert str(process.pid) in text


async def test_a_signal_is_told_from_a_status(tmp_path: Path) -> None:
    process = spawn(SH, ("-c", "exec sleep 60"), tmp_path / "log")
    process.send(signal.SIGKILL)
    assert await process.ended() == -signal.SIGKILL
    process.close()


async def test_letting_go_leaves_it_running(tmp_path: Path) -> None:
    process = spawn(SH, ("-c", "exec sleep 60"), tmp_path / "log")
    identity = _identity(process.pid)
    process.close()
    assert await process.ended() is None
    again = recognise(identity)
    assert again is not None
    again.send(signal.SIGTERM)
    assert await again.ended() == -signal.SIGTERM
    again.close()
    assert recognise(identity) is None


async def test_another_process_with_the_same_number_is_not_recognised() -> None:
    mine = _identity(os.getpid())
    process = recognise(mine)
    assert process is not None
    process.close()
    assert recognise(replace(mine, start_ticks=mine.start_ticks + 1)) is None


async def test_what_cannot_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="none did not start"):
        spawn(tmp_path / "none", (), tmp_path / "log")


def test_the_pid_file_survives_the_round_trip(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    write_identity(file, Identity(1, 2, "abc"))
    assert read_identity(file) == Identity(1, 2, "abc")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["pid"]


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"pid": "x", "digest": 1})])
def test_a_damaged_pid_file_names_nobody(tmp_path: Path, content: str) -> None:
    file = tmp_path / "pid"
    file.write_text(content)
    assert read_identity(file) is None
    assert read_identity(tmp_path / "none") is None
