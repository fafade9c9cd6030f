"""The page opens with the targets, and says when a run must not be used."""

import json
import math
from pathlib import Path

import pytest

from bench.outcome import Chart, Criterion, Outcome, Table
from bench.report import LATEST, Result, markdown, number, write


def result(**changes: object) -> Result:
    machine: dict[str, str | int] = {
        "date": "2026-01-02T03:04:05+00:00",
        "commit": "abcd1234",
        "processor": "p",
        "processors": 2,
        "memory": "m",
        "kernel": "k",
        "python": "3",
        "additions": "50 ms",
    }
    outcome = Outcome(
        "probe",
        "Probe",
        "How it is taken.",
        criteria=[
            Criterion("slope", 1.25, 1.3, note="small"),
            Criterion("rate", 0.9, 0.97, at_least=True),
            Criterion("size", 160.0, 150.0, "MB"),
        ],
        tables=[Table("Times", ["arm", "p50"], [["portway", "5.00 ms"]])],
        charts=[Chart("probe", "A picture", "x", "y", {"one": [(1, 2), (2, 3)]})],
        data={"p50": math.nan, "times": [0.123456789, 1]},
    )
    for key, value in changes.items():
        setattr(outcome, key, value)
    return Result(machine, "wrk", "short", [outcome])


def test_targets_come_first_with_what_was_wanted() -> None:
    page = markdown(result())
    assert "| probe | slope (small) | 1.25 | at most 1.3 | met |" in page
    assert "| probe | rate | 0.9 | at least 0.97 | **not met** |" in page
    assert "| probe | size | 160 MB | at most 150 MB | **not met** |" in page
    assert page.index("## Targets") < page.index("## Probe") < page.index("| portway | 5.00 ms |")
    assert "![A picture](probe.svg)" in page
    assert "share these processors" in page


def test_warnings_are_said_before_the_numbers() -> None:
    page = markdown(result(warnings=["the machine was busy"]))
    assert page.index("**the machine was busy**") < page.index("| portway | 5.00 ms |")


def test_what_could_not_be_measured_met_nothing() -> None:
    page = markdown(result(criteria=[], warnings=["could not be measured: why"]))
    assert "| probe | all of them | could not be measured |  | **not met** |" in page


def test_files_are_named_by_day_and_commit(tmp_path: Path) -> None:
    path = write(result(), tmp_path)
    assert path.name == "2026-01-02-abcd1234.json"
    told = json.loads(path.read_text())
    assert told["load"] == "wrk"
    found = told["benchmarks"]["probe"]
    assert [each["met"] for each in found["criteria"]] == [True, False, False]
    assert found["data"] == {"p50": None, "times": [0.123457, 1]}
    assert (tmp_path / LATEST).read_text() == markdown(result())
    assert (tmp_path / "probe.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1 / 15, "0.0667"),
        (853.48, "853"),
        (11_074.0, "11,074"),
        (math.nan, "could not be taken"),
    ],
)
def test_numbers_have_the_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text
