"""What a run found: JSON for machines, a page for people, ratios first.

Knows how to write. Must not judge beyond the rules the run itself states: a control out of bounds
and a busy machine are said before the numbers, not after.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.ratios import CONTROL_BOUNDS

LATEST = "latest.md"
_MIB = 1024 * 1024
_BUSY = "**the machine was not quiet**"


@dataclass(slots=True)
class Result:
    """Everything a run found."""

    machine: dict[str, str | int]
    load: str
    plan: str
    data_path: list[dict[str, Any]] = field(default_factory=list)
    control_plane: list[dict[str, Any]] = field(default_factory=list)


def write(result: Result, folder: Path) -> Path:
    """Writes `<date>-<commit>.json` and `latest.md`; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    day = str(result.machine["date"])[:10]
    path = folder / f"{day}-{result.machine['commit']}.json"
    path.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    (folder / LATEST).write_text(markdown(result), encoding="utf-8")
    return path


def markdown(result: Result) -> str:
    """The page."""
    machine = result.machine
    lines = [
        "# Measurements",
        "",
        f"Measured on {machine['date']} at commit {machine['commit']} ({result.plan} plan), on "
        f"{machine['processors']} processors ({machine['processor']}), {machine['memory']} of "
        f"memory, Linux {machine['kernel']}, Python {machine['python']}. Requests were sent by "
        f"{_LOADS.get(result.load, result.load)}. Run `make bench` to measure on yours.",
    ]
    if result.data_path:
        lines += ["", *_data_path(result.data_path)]
    if result.control_plane:
        lines += ["", *_control_plane(result.control_plane)]
    return "\n".join(lines) + "\n"


_LOADS = {
    "wrk": "wrk",
    "python": "a generator in Python, which is slower than what it measures: throughput and "
    "latency say more about it than about the proxies, CPU time per request does not",
}


def _data_path(scenarios: Sequence[dict[str, Any]]) -> list[str]:
    rows = []
    for scenario in scenarios:
        for name, ratios in scenario["ratios"].items():
            cells = [scenario["connections"], name, *(f"{ratios[key]:.3f}" for key in _RATIOS)]
            rows.append([*cells, _verdict(scenario)])
    heads = ["connections", "arm / bare", "requests/s", "CPU/request", "p50", "p99", "run"]
    raw = [
        [
            scenario["connections"],
            name,
            f"{found['rate']:.0f}",
            f"{found['cpu_per_request'] * 1e6:.1f} µs",
            f"{found['p50'] * 1e3:.2f} ms",
            f"{found['p99'] * 1e3:.2f} ms",
        ]
        for scenario in scenarios
        for name, found in scenario["medians"].items()
    ]
    return [
        "## Data path",
        "",
        "The same Envoy, one worker, HTTP/1.1, 1 KiB answers: configured by Portway, and by hand "
        "with the least that does the job (`bare`). `bare again` is the control: the same "
        "configuration in a second process. Ratios are medians of the rounds' ratios; above 1 is "
        "better for requests/s, below 1 for the others.",
        "",
        *_table(heads, rows),
        "",
        *_table(["connections", "arm", *heads[2:6]], raw),
    ]


_RATIOS = ("rate", "cpu_per_request", "p50", "p99")


def _verdict(scenario: dict[str, Any]) -> str:
    low, high = CONTROL_BOUNDS
    words = [f"{scenario['rounds']} rounds"]
    if not scenario["control_in_bounds"]:
        words.append(f"**control outside {low}-{high}: do not use**")
    if not scenario["quiet"]:
        words.append(_BUSY)
    if not scenario["pinned"]:
        words.append("not pinned")
    return ", ".join(words)


def _control_plane(scenarios: Sequence[dict[str, Any]]) -> list[str]:
    least = scenarios[0]
    ratios = [
        [
            scenario["routes"],
            f"{scenario['added']['p50'] / least['added']['p50']:.2f}",
            f"{scenario['added']['p99'] / scenario['added']['p50']:.2f}",
            f"{scenario['cpu_seconds_per_change'] / least['cpu_seconds_per_change']:.2f}",
            f"{scenario['control_resident_bytes'] / least['control_resident_bytes']:.2f}",
            f"{2 * scenario['probes']} changes" + ("" if scenario["quiet"] else f", {_BUSY}"),
        ]
        for scenario in scenarios
    ]
    many = f"over {least['routes']} routes"
    raw = [
        [
            scenario["routes"],
            _milliseconds(scenario["added"]["p50"]),
            _milliseconds(scenario["added"]["p99"]),
            _milliseconds(scenario["removed"]["p50"]),
            _milliseconds(scenario["removed"]["p99"]),
            _milliseconds(scenario["cpu_seconds_per_change"]),
            _milliseconds(scenario["settle_mean_seconds"]),
            f"{scenario['start_seconds']:.2f} s",
            f"{scenario['control_resident_bytes'] / _MIB:.0f} MiB",
            f"{scenario['proxy_resident_bytes'] / _MIB:.0f} MiB",
            f"{scenario['idle_cpu_share'] * 100:.2f} %",
        ]
        for scenario in scenarios
    ]
    return [
        "## Control plane",
        "",
        "A file with one HTTPRoute (a host of its own) is written into, and removed from, a folder "
        "with that many others. Time runs from the write to the first right answer on the wire, "
        "polled every millisecond and confirmed by twenty more.",
        "",
        *_table(
            ["routes", f"p50 {many}", "p99 / p50", f"CPU {many}", f"memory {many}", "run"], ratios
        ),
        "",
        *_table(
            [
                *("routes", "added p50", "added p99", "removed p50", "removed p99"),
                *("CPU/change", "settle", "start", "control plane", "Envoy", "idle CPU"),
            ],
            raw,
        ),
    ]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [heads, ["---:"] * len(heads), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
