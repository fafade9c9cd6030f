"""The page says when a run must not be used."""

import json
from pathlib import Path
from typing import Any

from bench.report import LATEST, Result, markdown, write


def result(**changes: Any) -> Result:
    numbers = {"rate": 1000.0, "cpu_per_request": 1e-4, "p50": 1e-3, "p99": 2e-3}
    scenario = {
        "connections": 32,
        "rounds": 12,
        "quiet": True,
        "pinned": True,
        "control_in_bounds": True,
        "ratios": {"portway": {**numbers, "rate": 0.987}},
        "medians": {"bare": numbers},
        "shots": [],
        **changes,
    }
    machine: dict[str, str | int] = {
        "date": "2026-01-02T03:04:05+00:00",
        "commit": "abcd1234",
        "processor": "p",
        "processors": 2,
        "memory": "m",
        "kernel": "k",
        "python": "3",
    }
    return Result(machine, "wrk", "short", data_path=[scenario])


def test_ratios_come_before_raw_numbers() -> None:
    page = markdown(result())
    assert 0 < page.index("| 32 | portway | 0.987 |") < page.index("| 32 | bare | 1000 |")
    assert "**" not in page


def test_a_bad_control_and_a_busy_machine_are_said() -> None:
    assert "do not use" in markdown(result(control_in_bounds=False))
    assert "not quiet" in markdown(result(quiet=False))


def test_control_plane_ratios_are_over_the_smallest_size() -> None:
    found = result()
    found.data_path = []
    times = {"p50": 0.01, "p99": 0.02, "mean": 0.01, "max": 0.02}
    row = {
        "routes": 100,
        "probes": 20,
        "quiet": True,
        "added": times,
        "removed": times,
        "cpu_seconds_per_change": 0.001,
        "settle_mean_seconds": 0.0005,
        "start_seconds": 1.0,
        "idle_cpu_share": 0.001,
        "control_resident_bytes": 2**27,
        "proxy_resident_bytes": 2**26,
    }
    larger = {**row, "routes": 5000, "quiet": False, "added": {**times, "p50": 0.015, "p99": 0.045}}
    found.control_plane = [row, larger]
    page = markdown(found)
    assert (
        "| 5000 | 1.50 | 3.00 | 1.00 | 1.00 | 40 changes, **the machine was not quiet** |" in page
    )
    assert "| 100 | 1.00 | 2.00 | 1.00 | 1.00 | 40 changes |" in page
    assert "128 MiB" in page


def test_files_are_named_by_day_and_commit(tmp_path: Path) -> None:
    path = write(result(), tmp_path)
    assert path.name == "2026-01-02-abcd1234.json"
    assert json.loads(path.read_text())["load"] == "wrk"
    assert (tmp_path / LATEST).read_text() == markdown(result())
