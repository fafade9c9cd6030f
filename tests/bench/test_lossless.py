"""What the answers say about the changes made meanwhile."""

import asyncio
from pathlib import Path

import pytest
import yaml

from bench.lossless import (
    STALE_SECONDS,
    Phase,
    Writer,
    changing,
    first_seen,
    judge,
    lag,
    stale,
)
from bench.witness import FRESH, KEPT, Answer
from tests.wire.harness.certificates import Authority


def answer(
    at: float, version: int, status: int = 200, kind: int = KEPT, took: float = 0.01
) -> Answer:
    return Answer(at, at + took, status, version, kind)


def test_every_version_has_a_new_service_and_says_its_number() -> None:
    seen: set[str] = set()
    shapes = set()
    for version in range(1, 11):
        *services, route = yaml.safe_load_all(changing(version, "127.0.0.1:4000"))
        names = {each["metadata"]["name"] for each in services}
        assert not names & seen
        seen |= names
        (rule,) = route["spec"]["rules"]
        assert {each["name"] for each in rule["backendRefs"]} == names
        first = rule["filters"][0]["responseHeaderModifier"]["set"][0]
        assert first == {"name": "x-version", "value": str(version)}
        shapes.add((len(names), len(rule["matches"]), *(f["type"] for f in rule["filters"])))
    assert len(shapes) == 5


def test_the_writer_keeps_its_pace_and_its_word(tmp_path: Path) -> None:
    certificates = [Authority().certificate("a.example") for _ in range(2)]
    writer = Writer(tmp_path, "127.0.0.1:4000", certificates)
    during = asyncio.run(writer.run(25, 200.0))
    assert 0.12 < during.end - during.begin < 2
    assert list(writer.written) == list(range(1, 26))
    assert {each.name for each in tmp_path.iterdir()} == {"changing.yaml", "secret.yaml"}
    secret = yaml.safe_load((tmp_path / "secret.yaml").read_text())
    assert secret == certificates[1].secret("changing")
    writer.neighbour(True)
    assert (tmp_path / "neighbour.yaml").exists()


def test_an_old_version_is_stale_only_when_a_newer_one_is_long_known() -> None:
    known = 1.01  # When somebody had got version 2.
    answers = [
        answer(0.5, 1),
        answer(1.0, 2),
        answer(known + STALE_SECONDS / 2, 1),
        answer(known + STALE_SECONDS + 0.001, 1),
        answer(known + STALE_SECONDS + 0.001, 2),
        answer(known + 1, 1, status=503),  # Counted elsewhere.
    ]
    times, newest = first_seen(answers)
    assert newest == [1, 2]
    assert stale(answers, times, newest) == 1


def test_an_answer_without_a_version_is_stale_too() -> None:
    answers = [answer(1.0, 2), answer(2.0, -1)]
    assert stale(answers, *first_seen(answers)) == 1


def test_lag_is_until_that_version_or_a_newer_one() -> None:
    written = {1: 0.0, 2: 0.1, 3: 0.2, 4: 0.3}
    times, newest = [0.5, 0.6], [1, 3]
    assert lag(written, times, newest) == pytest.approx([0.5, 0.5, 0.4])


def test_everything_that_went_wrong_is_counted() -> None:
    quiet = (Phase(0.0, 10.0), Phase(20.0, 30.0))
    during = Phase(10.0, 20.0)
    answers = [
        *(answer(at / 10, 0, took=0.001) for at in range(100)),
        *(answer(10 + at / 10, 1, took=0.003) for at in range(100)),
        *(answer(20 + at / 10, 1, took=0.002) for at in range(100)),
        answer(15.0, 0, kind=FRESH, took=9.0),
        answer(15.0, -1, status=503, took=0.003),
        answer(15.0, -1, status=0, took=5.0),
    ]
    found = judge(answers, {0: 0.0, 1: 9.9, 2: 19.0}, quiet, during)
    assert found["requests"] == 303
    assert (found["not_200"], found["resets"], found["stale"], found["fresh"]) == (1, 1, 1, 1)
    assert found["updates"] == 2
    assert found["never_seen"] == 1
    assert found["p99_quiet"] == pytest.approx(0.002)
    assert found["p99_during"] == pytest.approx(0.003)
    assert found["control"] == pytest.approx(2.0)
    assert found["behind_p99"] == pytest.approx(0.103)
