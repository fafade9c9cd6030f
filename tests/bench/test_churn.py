"""Apps change, and it is known how many did."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest
import yaml

from bench import churn, folder
from bench.churn import Churn


def state(where: Path, number: int) -> tuple[str, int]:
    """An app's path, and how many endpoints it has."""
    text = folder.app_file(where, number).read_text()
    route, _, piece = yaml.safe_load_all(text)
    return route["spec"]["rules"][0]["matches"][0]["path"]["value"], len(piece["endpoints"])


def test_flips_and_paths_are_kept_apart(tmp_path: Path) -> None:
    folder.apps(tmp_path, 1, 4000)
    changing = Churn(tmp_path, 1, 4000)
    seen = [state(tmp_path, 0)]
    for change in (changing.flip, changing.change_path, changing.flip, changing.change_path):
        change()
        seen.append(state(tmp_path, 0))
    assert seen == [("/", 1), ("/", 2), ("/v1", 2), ("/v1", 1), ("/v2", 1)]
    assert changing.changes == 4


async def test_the_pace_is_three_changes_in_two_seconds_times_the_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(churn, "_IDLE_SECONDS", 0.001)
    folder.apps(tmp_path, 20, 4000)
    changing = Churn(tmp_path, 20, 4000)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(changing.run())
        await asyncio.sleep(0.1)
        assert changing.changes == 0
        started = monotonic()
        changing.rate = 40.0
        await asyncio.sleep(1.0)
        changing.rate = 0.0
        elapsed = monotonic() - started
        await asyncio.sleep(0.1)
        done = changing.changes
        assert 0.5 * 60 * elapsed < done < 1.5 * 60 * elapsed
        await asyncio.sleep(0.1)
        assert changing.changes == done
        task.cancel()
