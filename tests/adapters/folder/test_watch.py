"""Real files that change: every wait is for an event, with a deadline."""

import asyncio
import errno
import io
import os
import random
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import pytest

from portway.adapters.folder import journal, listing, load, look, notify, snapshot
from portway.adapters.folder.watch import Batch, FolderSource
from portway.core import api
from tests.adapters.folder.mirror import DEADLINE, DONE, config_map, following, until

FOR_EVER = 1e6  # what waits this long never happens in a test
LONGEST_QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


@pytest.fixture(autouse=True)
def _done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts the looks at everything that were taken in, and the times all of it was kept."""

    def counted(self: look.Looker, *arguments: Any) -> Any:
        events = take(self, *arguments)
        DONE["looked"] += 1
        return events

    def finished(self: journal.Journal) -> None:
        finish(self)
        DONE["kept"] += 1

    take, finish = look.Looker.take, journal.Journal.finish
    monkeypatch.setattr(look.Looker, "take", counted)
    monkeypatch.setattr(journal.Journal, "finish", finished)


class Counting:
    """A module whose functions count how often they are called."""

    def __init__(self, module: ModuleType, counts: Counter[str]) -> None:
        self._module, self._counts = module, counts

    def __getattr__(self, name: str) -> Any:
        whole = getattr(self._module, name)
        if not isinstance(whole, BuiltinFunctionType | FunctionType):
            return whole

        def call(*arguments: Any, **named: Any) -> Any:
            self._counts[name] += 1
            return whole(*arguments, **named)

        return call


async def test_an_empty_folder_is_listed_too(tmp_path: Path) -> None:
    async with following(tmp_path) as mirror:
        assert mirror.batches == [Batch((), (), (), True)]


async def test_edits_new_files_and_deletion(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path) as mirror:
        assert mirror.objects == {"a": "1"}
        (tmp_path / "a.yaml").write_text(config_map("a", "2"))
        await mirror.has(a="2")
        (tmp_path / "b.yaml").write_text(config_map("b"))
        await mirror.has(a="2", b="1")
        (tmp_path / "a.yaml").unlink()
        await mirror.has(b="1")


async def test_an_atomic_save_by_rename(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path) as mirror:
        for value in ("2", "3", "4"):
            (tmp_path / ".a.yaml.tmp").write_text(config_map("a", value))
            os.replace(tmp_path / ".a.yaml.tmp", tmp_path / "a.yaml")
            await mirror.has(a=value)
        os.rename(tmp_path / "a.yaml", tmp_path / "z.yaml")
        (tmp_path / "b.yaml").write_text(config_map("b"))
        await mirror.has(a="4", b="1")
    # The object only moved between files: nobody was told that it went.
    assert all(event.object is not None for batch in mirror.batches for event in batch.events)


async def test_a_finished_file_waits_for_nothing(tmp_path: Path) -> None:
    async with following(tmp_path, debounce=FOR_EVER) as mirror:
        await mirror.settled()
        (tmp_path / "a.yaml").write_text(config_map("a"))
        await mirror.has(a="1")
        (tmp_path / ".a.yaml.tmp").write_text(config_map("a", "2"))
        os.replace(tmp_path / ".a.yaml.tmp", tmp_path / "a.yaml")
        await mirror.has(a="2")
        with (tmp_path / "a.yaml").open("w") as file:
            file.write("half: [")
            file.flush()
            (tmp_path / "b.yaml").write_text(config_map("b"))
            await mirror.has(a="2", b="1")
            file.seek(0)
            file.write(config_map("a", "3"))
        await mirror.has(a="3", b="1")
    assert not any(batch.problems for batch in mirror.batches)


async def test_a_file_that_is_held_open_is_read_too(tmp_path: Path) -> None:
    async with following(tmp_path) as mirror:
        with (tmp_path / "a.yaml").open("w") as file:
            file.write(config_map("a"))
            file.flush()
            await mirror.has(a="1")


async def test_files_that_are_removed_and_written_anew_do_not_blink(tmp_path: Path) -> None:
    """As `git checkout` does file by file, and a generator that empties its folder first."""
    files = [tmp_path / f"{name}.yaml" for name in ("a", "b", "c")]
    for file in files:
        file.write_text(config_map(file.stem))
    async with following(tmp_path, debounce=0.2) as mirror:
        await mirror.settled()
        for file in files:
            file.unlink()
            await asyncio.sleep(0.01)  # so that it is heard that the file went
            file.write_text(config_map(file.stem, "2"))
        await mirror.has(a="2", b="2", c="2")
        for file in files:
            file.unlink()
        await asyncio.sleep(0.01)
        for file in files:
            file.write_text(config_map(file.stem, "3"))
        await mirror.has(a="3", b="3", c="3")
        files[0].unlink()
        await mirror.has(b="3", c="3")
    gone = [e.name for batch in mirror.batches for e in batch.events if e.object is None]
    assert gone == ["a"]


async def test_one_change_among_many_files_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files there are: one is opened, one document decoded, one record written."""
    conf = tmp_path / "conf"
    conf.mkdir()
    for number in range(300):
        (conf / f"{number}.yaml").write_text(config_map(f"a{number}"))
    bundle = "".join(config_map(f"b{number}") for number in range(100))
    (conf / "bundle.yaml").write_text(bundle)
    kept = tmp_path / "state.json"
    counts = Counter[str]()
    async with following(conf, snapshot=kept) as mirror:
        await mirror.settled()
        await until(lambda: DONE["kept"] >= 1)
        size = kept.stat().st_size
        system = Counting(os, counts)
        for module in (listing, look, notify, journal):
            monkeypatch.setattr(module, "os", system)
        monkeypatch.setattr(load, "api", Counting(api, counts))
        monkeypatch.setattr(journal, "line", Counting(snapshot, counts).line)
        (conf / "7.yaml").write_text(config_map("a7", "2"))
        await mirror.until(lambda: mirror.objects["a7"] == "2")
        once = {
            # the file
            **{"lstat": 1, "open": 1, "fstat": 1, "read": 1, "close": 1},
            # its one document
            **{"decode": 1, "decode_strict_unknown_fields": 1},
            # what is kept of it
            **{"line": 1, "write": 1},
        }
        assert counts == once
        counts.clear()
        changed = bundle.replace("{name: b7}\ndata: {k: '1'}", "{name: b7}\ndata: {k: '2'}")
        (conf / "bundle.yaml").write_text("# and all lines move\n" + changed)
        await mirror.until(lambda: mirror.objects["b7"] == "2")
        assert counts == once
        assert kept.stat().st_size - size < 2 * 600
    assert [len(batch.events) for batch in mirror.batches[1:]] == [1, 1]


async def test_a_look_at_everything_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(DEADLINE)
        return listed(*arguments)

    listed = listing.list_files
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path, rescan=0.3) as mirror:
        await mirror.settled()
        monkeypatch.setattr(look, "list_files", slowly)
        try:
            await until(begun.is_set)
            for value in ("2", "3"):
                (tmp_path / "a.yaml").write_text(config_map("a", value))
                (tmp_path / f"b{value}.yaml").write_text(config_map("b", value))
                await mirror.has(a=value, b=value)
                (tmp_path / f"b{value}.yaml").unlink()
                await mirror.has(a=value)
        finally:
            go_on.set()
        (tmp_path / "c.yaml").write_text(config_map("c"))
        await mirror.has(a="3", c="1")


async def test_a_flood_of_changes_is_caught_up_with(tmp_path: Path) -> None:
    """More than the operating system keeps: it says so, and everything is looked at."""
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path, debounce=FOR_EVER) as mirror:
        await mirror.settled()
        for _ in range(LONGEST_QUEUE // 2 + 10):
            (tmp_path / "x").touch()
            (tmp_path / "x").unlink()
        (tmp_path / "b.yaml").write_text(config_map("b"))
        await mirror.has(a="1", b="1")


async def test_many_files_are_read_on_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[tuple[int, bool]] = []
    read = look.Looker.read

    def noted(self: look.Looker, plan: look.Plan) -> Any:
        here = threading.current_thread() is threading.main_thread()
        threads.append((len(plan.paths), here))
        return read(self, plan)

    monkeypatch.setattr(look.Looker, "read", noted)
    async with following(tmp_path) as mirror:
        await mirror.settled()
        (tmp_path / "one.yaml").write_text(config_map("one"))
        await mirror.until(lambda: len(mirror.objects) == 1)
        for number in range(50):
            (tmp_path / f"{number}.yaml").write_text(config_map(f"a{number}"))
        await mirror.until(lambda: len(mirror.objects) == 51)
        large = "".join(config_map(f"b{number}", "x" * 500) for number in range(100))
        (tmp_path / "large.yaml").write_text(large)
        await mirror.until(lambda: len(mirror.objects) == 151)
    assert threads == [(1, True), (50, False), (1, False)]


async def test_a_link_to_a_folder_is_turned_elsewhere(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / f"v{version}").mkdir()
        (tmp_path / f"v{version}" / "a.yaml").write_text(config_map("a", version))
    (tmp_path / "now").symlink_to("v1")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "site").symlink_to("../now")
    async with following(tmp_path / "conf") as mirror:
        assert mirror.objects == {"a": "1"}
        await mirror.settled()
        (tmp_path / "new").symlink_to("v2")
        os.replace(tmp_path / "new", tmp_path / "now")
        await mirror.has(a="2")
        (tmp_path / "conf" / "site").unlink()
        await mirror.has()
        (tmp_path / "conf" / "site").symlink_to("../v1")
        await mirror.has(a="1")


async def test_a_file_given_by_name_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "routes.txt"
    path.write_text(config_map("a"))
    async with following(path) as mirror:
        for value in ("2", "3"):
            path.unlink()
            await mirror.has()
            await mirror.until(lambda: any("cannot be read" in p for p in mirror.problems))
            path.write_text(config_map("a", value))
            await mirror.has(a=value)
            await mirror.until(lambda: mirror.problems == [])


async def test_problems_are_the_same_value_while_they_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [")
    async with following(tmp_path) as mirror:
        (tmp_path / "a.yaml").write_text(config_map("a"))
        await mirror.has(a="1")
    assert mirror.batches[-1].problems
    assert mirror.batches[-1].problems is mirror.batches[0].problems


async def test_a_mounted_config_map_is_swapped(tmp_path: Path) -> None:
    for version in ("1", "2", "3"):
        (tmp_path / f"..v{version}").mkdir()
        (tmp_path / f"..v{version}" / "a.yaml").write_text(config_map("a", version))
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    async with following(tmp_path) as mirror:
        assert mirror.objects == {"a": "1"}
        for version in ("2", "3"):
            (tmp_path / "..data_tmp").symlink_to(f"..v{version}")
            os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
            await mirror.has(a=version)


async def test_a_single_file_in_a_mounted_config_map(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / f"..v{version}").mkdir()
        (tmp_path / f"..v{version}" / "routes").write_text(config_map("a", version))
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "routes").symlink_to("..data/routes")
    async with following(tmp_path / "routes") as mirror:
        (tmp_path / "..data_tmp").symlink_to("..v2")
        os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
        await mirror.has(a="2")


async def test_broken_then_mended(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path) as mirror:
        (tmp_path / "a.yaml").write_text("a: [\n")
        await mirror.until(lambda: bool(mirror.problems))
        assert mirror.objects == {"a": "1"}
        (tmp_path / "a.yaml").write_text(config_map("a", "2"))
        await mirror.has(a="2")
        assert mirror.problems == []


async def test_new_sub_folders_and_what_happens_in_them(tmp_path: Path) -> None:
    async with following(tmp_path) as mirror:
        (tmp_path / "x" / "y").mkdir(parents=True)
        (tmp_path / "x" / "y" / "a.yaml").write_text(config_map("a"))
        await mirror.has(a="1")
        (tmp_path / "x" / "y" / "a.yaml").write_text(config_map("a", "2"))
        await mirror.has(a="2")
        os.rename(tmp_path / "x", tmp_path / "z")
        (tmp_path / "z" / "y" / "a.yaml").write_text(config_map("a", "3"))
        await mirror.has(a="3")


async def test_the_folder_goes_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "a.yaml").write_text(config_map("a"))
    async with following(folder) as mirror:
        for value in ("2", "3"):
            (folder / "a.yaml").unlink()
            folder.rmdir()
            await mirror.has()
            await mirror.until(lambda: any("cannot be read" in p for p in mirror.problems))
            folder.mkdir()
            (folder / "a.yaml").write_text(config_map("a", value))
            await mirror.has(a=value)
            assert mirror.problems == []


async def test_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    folder = tmp_path / "later" / "conf"
    async with following(folder) as mirror:
        assert len(mirror.problems) == 1
        folder.mkdir(parents=True)
        (folder / "a.yaml").write_text(config_map("a"))
        await mirror.has(a="1")


async def test_a_link_to_a_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "real").write_text(config_map("a"))
    (tmp_path / "conf" / "a.yaml").symlink_to("../real")
    async with following(tmp_path / "conf") as mirror:
        (tmp_path / "real").write_text(config_map("a", "2"))
        await mirror.has(a="2")


async def test_a_file_that_stays_empty_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path) as mirror:
        (tmp_path / "a.yaml").write_text("")
        await mirror.has()
        (tmp_path / "a.yaml").write_text(config_map("a", "2"))
        await mirror.has(a="2")


async def test_a_change_nobody_notified_is_found_by_the_slow_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf() -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(notify, "INotify", deaf)
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path, rescan=0.05) as mirror:
        (tmp_path / "a.yaml").write_text(config_map("a", "22"))
        await mirror.has(a="22")
        assert any("limit reached" in problem for problem in mirror.problems)


async def test_a_restart_with_a_broken_file(tmp_path: Path) -> None:
    conf, kept = tmp_path / "conf", tmp_path / "state.json"
    conf.mkdir()
    (conf / "a.yaml").write_text(config_map("a"))
    async with following(conf, snapshot=kept):
        pass
    (conf / "a.yaml").write_text("a: [")
    async with following(conf, snapshot=kept) as mirror:
        assert mirror.objects == {"a": "1"}
        assert len(mirror.problems) == 1


async def test_a_snapshot_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("a"))
    async with following(tmp_path, snapshot=tmp_path / "no" / "state.json") as mirror:
        await mirror.until(lambda: any("cannot be written" in p for p in mirror.problems))


async def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(config_map("a").encode())))
    async with following("-") as mirror:
        assert mirror.objects == {"a": "1"}


async def test_notices_are_told_once(tmp_path: Path) -> None:
    foreign = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
    (tmp_path / "a.yaml").write_text(foreign)
    async with following(tmp_path) as mirror:
        (tmp_path / "b.yaml").write_text(config_map("b"))
        await mirror.has(b="1")
    assert [len(batch.notices) for batch in mirror.batches] == [1, 0]


async def test_emit_may_be_a_coroutine_and_its_failure_ends_the_source(tmp_path: Path) -> None:
    class Full(Exception):
        pass

    async def emit(batch: Batch) -> None:
        await asyncio.sleep(0)
        raise Full

    run: Coroutine[Any, Any, None] = FolderSource([tmp_path]).run(emit)
    with pytest.raises(Full):
        async with asyncio.timeout(DEADLINE):
            await run


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_storm_of_changes_the_mirror_shows_what_is_there(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    files = [tmp_path / name for name in ("a.yaml", "b.yaml", "x/c.yaml", "x/y/d.yaml")]
    async with following(tmp_path) as mirror:
        for step in range(60):
            storm(chance, files, step)
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() * 0.02)  # a pace, not a synchronisation
        there = {file.stem: file.read_text().split("'")[1] for file in files if file.exists()}
        await mirror.has(**there)
        assert mirror.problems == []


def storm(chance: random.Random, files: list[Path], step: int) -> None:
    """One thing that editors, scripts and people do to files."""
    file = chance.choice(files)
    text = config_map(file.stem, str(step))
    match chance.randrange(5):
        case 0 | 1:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        case 2:
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / ".new").write_text(text)
            os.replace(file.parent / ".new", file)
        case 3:
            file.unlink(missing_ok=True)
        case _ if file.parent.name in ("x", "y"):
            shutil.rmtree(file.parent, ignore_errors=True)
