"""What is kept when, and what a restart finds."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.folder import keep, load, snapshot, yaml
from portway.adapters.folder.keep import Keeper
from portway.adapters.folder.store import FolderState
from portway.core import api

DEADLINE = 10.0


def config_map(name: str, value: str = "1") -> str:
    head = "apiVersion: v1\nkind: ConfigMap\n"
    return f"---\n{head}metadata: {{name: {name}}}\ndata: {{k: '{value}'}}\n"


async def settled(keeper: Keeper) -> None:
    """Work until there is nothing to do before the next sync."""
    woken = asyncio.Event()
    async with asyncio.timeout(DEADLINE):
        while True:
            while keeper.longest <= 0:
                keeper.work(woken.set)
            if keeper._syncing is None:
                return
            await woken.wait()
            woken.clear()
            keeper.work(woken.set)


async def test_the_first_run_writes_everything_and_then_what_changes(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = FolderState()
    keeper = Keeper(state, path)
    keeper.recall()
    state.update("a.yaml", config_map("x") + config_map("z"))
    keeper.keep()
    await settled(keeper)
    size = path.stat().st_size
    state.update("a.yaml", config_map("x") + config_map("z", "2"))
    keeper.keep()
    assert b'"x"' not in path.read_bytes()[size:], "what did not change is not written again"
    keeper.keep()
    lines = path.read_bytes()[size:].splitlines()
    assert len(lines) == 1
    past = snapshot.load(path).past
    assert past is not None
    assert [b'"2"' in bytes(each.raw) for each in past.files["a.yaml"]] == [False, True]
    assert {each.name: each.generation for each in past.objects} == {"x": 1, "z": 2}
    await keeper.close()


async def test_a_killed_run_loses_nothing_of_a_file_that_broke_later(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = FolderState()
    keeper = Keeper(state, path)
    keeper.recall()
    state.update("a.yaml", config_map("x"))
    keeper.keep()
    await settled(keeper)
    state.update("a.yaml", config_map("x", "2"))
    keeper.keep()
    state.update("a.yaml", "a: [")
    keeper.keep()
    # Killed here: nothing is closed.
    after = FolderState()
    Keeper(after, path).recall()
    (event,) = after.update("a.yaml", "a: [")
    assert getattr(event.object, "data", None) == {"k": "2"}
    assert event.object is not None
    assert event.object.metadata.generation == 2
    await keeper.close()


async def test_a_run_that_is_killed_at_its_beginning_loses_nothing_either(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = FolderState()
    keeper = Keeper(state, path)
    keeper.recall()
    state.apply({f"{name}.yaml": config_map(name) for name in ("a", "b", "c")})
    keeper.keep()
    keeper.work(lambda: None)
    assert keeper.longest == 0, "everything is still to be written"
    state.update("c.yaml", config_map("c", "2"))
    keeper.keep()
    past = snapshot.load(path).past
    assert past is not None
    assert list(past.files) == ["c.yaml"]
    await keeper.close()


async def test_a_restart_writes_only_what_changed_since(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for value, added in (("1", None), ("1", 1), ("2", 1)):
        state = FolderState()
        keeper = Keeper(state, path)
        keeper.recall()
        before = path.read_bytes() if path.exists() else b""
        state.apply({"a.yaml": config_map("x", value), "b.yaml": config_map("z")})
        state.settle()
        keeper.keep()
        await settled(keeper)
        after = path.read_bytes()
        assert after.startswith(before)
        if added is not None:
            assert len(after[len(before) :].splitlines()) == added
            assert (b'"x"' in after[len(before) :]) == (value == "2")
            assert b'"z"' not in after[len(before) :]
        revision = state._revision
        await keeper.close()
        past = snapshot.load(path).past
        assert past is not None
        assert past.revision == revision


async def test_a_restart_reads_nothing_that_is_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading YAML is most of the cost of a start."""
    path = tmp_path / "state.json"
    files = {"a.yaml": "# c\n" + config_map("x") + config_map("z"), "b.yaml": config_map("w")}
    texts: list[str] = []

    def read(path: str, text: str) -> Any:
        texts.append(text)
        return whole(path, text)

    whole = yaml.read
    monkeypatch.setattr(load, "read", read)
    emitted = []
    for reader, times in ((b"1", 4), (b"1", 1), (b"2", 4)):
        monkeypatch.setattr(load, "_READER", reader)
        state = FolderState()
        keeper = Keeper(state, path)
        keeper.recall()
        texts.clear()
        emitted.append(state.apply(files))
        assert len(texts) == times, "but for the comment above the first, which is no object"
        found = [(manifest.key.name, manifest.line) for _, manifest in state.manifests()]
        assert found == [("x", 3), ("z", 8), ("w", 2)]
        keeper.keep()
        await keeper.close()
    assert len({_content(events) for events in emitted}) == 1


def _content(events: tuple[api.Event, ...]) -> str:
    return str([(each.name, getattr(each.object, "data", None)) for each in events])


async def test_a_file_that_went_while_nobody_looked_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for files in (
        {"a.yaml": config_map("x"), "b.yaml": config_map("z")},
        {"b.yaml": config_map("z")},
    ):
        state = FolderState()
        keeper = Keeper(state, path)
        keeper.recall()
        state.apply(files)
        state.settle()
        keeper.keep()
        await keeper.close()
    past = snapshot.load(path).past
    assert past is not None
    assert list(past.files) == ["b.yaml"]


async def test_a_bad_snapshot_is_told_until_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("{")
    state = FolderState()
    keeper = Keeper(state, path)
    keeper.recall()
    assert keeper.startup is not None
    assert "damaged" in keeper.startup.message
    state.update("a.yaml", config_map("x"))
    keeper.keep()
    await settled(keeper)
    assert keeper.startup is None
    assert snapshot.load(path).problem is None
    await keeper.close()


async def test_the_disk_is_waited_for_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = FolderState()
    keeper = Keeper(state, tmp_path / "state.json")
    keeper.recall()
    state.update("a.yaml", config_map("x"))
    keeper.keep()
    await settled(keeper)
    synced: list[None] = []
    assert keeper._journal is not None
    monkeypatch.setattr(keeper._journal, "sync", lambda: synced.append(None))
    for value in "23456":
        state.update("a.yaml", config_map("x", value))
        keeper.keep()
        keeper.work(lambda: None)
    assert synced == []
    monkeypatch.setattr(keeper, "_sync_at", 0.0)
    await settled(keeper)
    assert synced == [None]
    assert keeper.longest == float("inf")
    await keeper.close()


async def test_a_disk_that_fails_is_a_problem_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "no" / "state.json"
    state = FolderState()
    keeper = Keeper(state, path)
    keeper.recall()
    state.update("a.yaml", config_map("x"))
    keeper.keep()
    assert keeper.work(lambda: None), "the problem is news"
    assert keeper.problem is not None
    assert 0 < keeper.longest <= keep._RETRY_EVERY
    path.parent.mkdir()
    monkeypatch.setattr(keeper, "_rewrite_at", 0.0)
    await settled(keeper)
    assert keeper.problem is None
    await keeper.close()


async def test_without_a_path_nothing_is_kept() -> None:
    state = FolderState()
    keeper = Keeper(state, None)
    keeper.recall()
    state.update("a.yaml", config_map("x"))
    keeper.keep()
    assert list(state.changes()) == []
    assert keeper.longest == float("inf")
    assert not keeper.work(lambda: None)
    await keeper.close()
