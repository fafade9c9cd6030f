"""The Envoy of this machine: what is told of it. Its life is in tests/wire/test_lifecycle.py."""

from pathlib import Path

import pytest

from portway.adapters.admin.metrics import Metrics
from portway.adapters.envoy import supervisor
from portway.adapters.envoy.binary import Binary
from portway.app.local_proxy import LocalProxy
from portway.app.settings import Settings
from portway.core.schema import Schema

DIED = supervisor.Died(7, -11, 1, 0.1, ("first", "second", "third", "fourth"))


@pytest.fixture
def told() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def proxy(schema: Schema, tmp_path: Path, told: list[tuple[str, int]]) -> LocalProxy:
    settings = Settings((), "test", tmp_path / "data", tmp_path / "run")
    return LocalProxy(
        settings,
        Binary(Path("/none"), "1.40.0"),
        schema,
        Metrics(),
        lambda _: None,
        lambda state, pid: told.append((state, pid)),
    )


def test_its_state_follows_its_life(proxy: LocalProxy, told: list[tuple[str, int]]) -> None:
    for event in (supervisor.Started(7), supervisor.Ready(7), DIED, supervisor.Adopted(8)):
        proxy._event(event)
    states = [("starting", 7), ("ready", 7), ("restarting", 0), ("starting", 8)]
    assert told == states


def test_a_death_is_told_with_its_last_words(
    proxy: LocalProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy._event(DIED)
    proxy._event(supervisor.CrashLoop(5, ()))
    assert "envoy died" in caplog.text
    assert "envoy keeps dying" in caplog.text


def test_one_that_runs_and_says_nothing_is_not_settled(proxy: LocalProxy) -> None:
    proxy._event(supervisor.Ready(7))
    assert not proxy.quiet()
    assert not proxy.settled


async def test_one_that_is_not_there_counts_nothing(proxy: LocalProxy) -> None:
    assert await proxy.numbers() == b""
