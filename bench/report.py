"""What a run found: JSON for machines, a page and pictures for people, targets first.

Knows how to write. Must not judge beyond what the benchmarks say of themselves: a control out of
bounds and a busy machine are said before the numbers, not after.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.chart import svg
from bench.outcome import Criterion, Outcome, Table

LATEST = "latest.md"
_LOADS = {
    "wrk": "wrk",
    "python": "a generator in Python, which is slower than what it measures: throughput and "
    "latency say more about it than about the proxies, CPU time per request does not",
}


@dataclass(slots=True)
class Result:
    """Everything a run found."""

    machine: dict[str, str | int]
    load: str
    plan: str
    outcomes: list[Outcome] = field(default_factory=list)


def write(result: Result, folder: Path) -> Path:
    """Writes `<date>-<commit>.json`, `latest.md` and its pictures; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    day = str(result.machine["date"])[:10]
    path = folder / f"{day}-{result.machine['commit']}.json"
    path.write_text(json.dumps(plain(result), indent=1) + "\n", encoding="utf-8")
    (folder / LATEST).write_text(markdown(result), encoding="utf-8")
    for outcome in result.outcomes:
        for chart in outcome.charts:
            (folder / f"{chart.name}.svg").write_text(svg(chart), encoding="utf-8")
    return path


def plain(result: Result) -> dict[str, Any]:
    """Criteria with their verdict and the raw numbers; tables and charts are made of these."""
    return {
        "machine": result.machine,
        "load": result.load,
        "plan": result.plan,
        "benchmarks": {
            each.name: {
                "seconds": round(each.seconds, 1),
                "warnings": each.warnings,
                "criteria": [{**asdict(c), "met": c.met} for c in each.criteria],
                "data": _finite(each.data),
            }
            for each in result.outcomes
        },
    }


def _finite(value: Any) -> Any:
    """JSON has no NaN; floats need no more digits than they have meaning."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def markdown(result: Result) -> str:
    """The page."""
    return "\n".join(_page(result)) + "\n"


def _page(result: Result) -> Iterator[str]:
    machine = result.machine
    yield from ("# Measurements", "")
    yield (
        f"Measured on {machine['date']} at commit {machine['commit']} ({result.plan} plan), on "
        f"{machine['processors']} processors ({machine['processor']}), {machine['memory']} of "
        f"memory, Linux {machine['kernel']}, Python {machine['python']}, which takes "
        f"{machine['additions']} for a million additions. Clients, origin, proxies and "
        "control plane share these processors. Requests were sent by "
        f"{_LOADS.get(result.load, result.load)}. Times are this machine's; ratios are what to "
        "compare. `make bench` measures on yours, and [the guide](../../docs/benchmarks.md) says "
        "how each number is taken."
    )
    yield from ("", "## Targets", "")
    yield from table(_TARGETS, [row for each in result.outcomes for row in _targets(each)])
    for outcome in result.outcomes:
        yield from ("", *_section(outcome))


_TARGETS = ("benchmark", "target", "measured", "wanted", "")


def _targets(outcome: Outcome) -> list[list[object]]:
    if not outcome.criteria:
        return [[outcome.name, "all of them", "could not be measured", "", "**not met**"]]
    return [_target(outcome, each) for each in outcome.criteria]


def _target(outcome: Outcome, criterion: Criterion) -> list[object]:
    words = "at least" if criterion.at_least else "at most"
    unit = f" {criterion.unit}" if criterion.unit else ""
    text = f"{criterion.text} ({criterion.note})" if criterion.note else criterion.text
    return [
        outcome.name,
        text,
        f"{number(criterion.measured)}{unit}",
        f"{words} {number(criterion.bound)}{unit}",
        "met" if criterion.met else "**not met**",
    ]


def _section(outcome: Outcome) -> Iterator[str]:
    yield from (f"## {outcome.title}", "", " ".join(outcome.text.split()))
    if outcome.warnings:
        yield ""
        yield from (f"- **{warning}**" for warning in outcome.warnings)
    for each in outcome.tables:
        if each.title:
            yield from ("", f"**{each.title}**")
        yield from ("", *_cells(each))
    for chart in outcome.charts:
        yield from ("", f"![{chart.title}]({chart.name}.svg)")


def _cells(each: Table) -> list[str]:
    return table(each.heads, each.rows)


def table(heads: Sequence[object], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table in Markdown, numbers to the right."""
    lines = [heads, [":---", *["---:"] * (len(heads) - 1)], *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def number(value: float) -> str:
    """A number with as many digits as mean something."""
    if math.isnan(value):
        return "could not be taken"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
