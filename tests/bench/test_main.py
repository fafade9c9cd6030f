"""Every benchmark runs, small, on a real Envoy; one that fails does not stop the others."""

import json
from pathlib import Path

import pytest

from bench import __main__ as program
from bench import footprint, plan
from bench.context import Context
from bench.outcome import Outcome

TINY = plan.Plan(
    name="tiny",
    tries=1.0,
    probe=plan.Probe(routes=(1, 20), peers=(20,), rounds=1, burst=1),
    churned=plan.Churned(apps=10, rounds=1, burst=1),
    lossless=plan.Lossless(routes=5, updates=25, peer_updates=5, rate=50.0, quiet_seconds=0.5),
    footprint=plan.Footprint(
        apps=10,
        idle_seconds=0.2,
        churn_seconds=2.0,
        fast_seconds=0.5,
        hosts=70,
        routes_per_host=2,
    ),
    restart=plan.Restart(apps=10, rounds=1),
    matching=plan.Matching(paths=(20,), exact=(), hosts=5, rounds=1, shot_seconds=1.0),
    data_path=plan.DataPath(connections=(2,), rounds=1, shot_seconds=1.0),
    api=plan.Api(routes=50, objects=100, watchers=2, connections=4),
    cluster=plan.Cluster(
        gateways=2, routes=10, endpoints=40, settle_seconds=0.2, idle_seconds=0.3, probes=2
    ),
)


@pytest.mark.envoy
@pytest.mark.parametrize("name", list(program.BENCHMARKS))
def test_a_benchmark_finds_its_numbers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "SHORT", TINY)
    monkeypatch.setattr(footprint, "_SETTLE_SECONDS", 0.3)
    monkeypatch.setattr(footprint, "_START_SECONDS", 0.3)
    monkeypatch.setattr(footprint, "_PROBES", 2)
    assert program.main(["--short", "--only", name, "--out", str(tmp_path)]) == 0
    (written,) = tmp_path.glob("*.json")
    found = json.loads(written.read_text())["benchmarks"][name]
    assert found["criteria"]
    for each in found["criteria"]:
        assert each["measured"] is not None, each["text"]
        # Whatever the size: nobody may get an answer that is wrong, or none.
        if each["bound"] == 0:
            assert each["met"], each
    assert found["data"]
    assert name in (tmp_path / "latest.md").read_text()


def test_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: Context) -> Outcome:
        raise ExceptionGroup("several", [ValueError("no luck")])

    async def empty(_: Context) -> Outcome:
        return Outcome("probe", "Probe", "nothing")

    monkeypatch.setattr(program, "BENCHMARKS", {"lossless": broken, "probe": empty})
    assert program.main(["--short", "--out", str(tmp_path)]) == 1
    page = capsys.readouterr().out
    assert "could not be measured: ValueError: no luck" in page
    assert "## Probe" in page


def test_a_part_does_not_take_the_place_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def empty(_: Context) -> Outcome:
        return Outcome("probe", "Probe", "nothing")

    monkeypatch.setattr(program, "BENCHMARKS", {"probe": empty})
    monkeypatch.setattr(program, "_RESULTS", tmp_path)
    program.main(["--short", "--only", "probe"])
    assert not list(tmp_path.iterdir())
    program.main(["--short"])
    assert (tmp_path / "latest.md").exists()


def test_arguments() -> None:
    asked = program.arguments(["--only", "probe", "--only", "restart"])
    assert asked.only == ["probe", "restart"]
    assert not asked.short
