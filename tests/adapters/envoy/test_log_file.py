"""Envoy's log: bounded, and read from its end."""

from __future__ import annotations

from pathlib import Path

from portway.adapters.envoy.log_file import last_lines, trim


def test_a_log_above_its_limit_moves_aside_while_the_writer_keeps_it_open(tmp_path: Path) -> None:
    file = tmp_path / "envoy.log"
    with file.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        assert not trim(file, 100)
        writer.write(b"y")
        assert trim(file, 100)
        writer.write(b"after")
    assert file.read_bytes() == b"after"
    assert (tmp_path / "envoy.log.1").read_bytes() == b"x" * 100 + b"y"


def test_a_missing_log_is_no_problem(tmp_path: Path) -> None:
    assert not trim(tmp_path / "none", 1)
    assert last_lines(tmp_path / "none", 5) == ()


def test_warnings_and_errors_come_with_the_lines_that_belong_to_them(tmp_path: Path) -> None:
    file = tmp_path / "envoy.log"
    file.write_text(
        "[2026-01-01 00:00:00.000][1][info][main] [a.cc:1] starting\n"
        "[2026-01-01 00:00:00.000][1][critical][main] [a.cc:2] broken\n"
        "  in detail\n"
        "[2026-01-01 00:00:00.000][1][info][main] [a.cc:3] exiting\n"
    )
    lines = last_lines(file, 5)
    assert [line.rpartition("] ")[2] for line in lines] == ["broken", "  in detail"]
    assert len(last_lines(file, 1)) == 1


def test_without_them_any_last_lines_do(tmp_path: Path) -> None:
    file = tmp_path / "envoy.log"
    file.write_text("one\ntwo\n\nthree\n")
    assert last_lines(file, 2) == ("two", "three")
