"""The operating system's word about changes: what each of its events leads to."""

import asyncio
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portway.adapters.folder import notify
from portway.adapters.folder.listing import list_files
from portway.adapters.folder.notify import Notifier
from portway.adapters.folder.pending import Due, Pending

DEADLINE = 10.0
QUIET = 0.01
LONGEST_QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


class Watched:
    """A notifier on some paths, and what it says is to be looked at."""

    def __init__(self, notifier: Notifier, pending: Pending, paths: list[str]) -> None:
        self.notifier, self.pending, self._paths = notifier, pending, paths

    def cover(self) -> bool:
        return self.notifier.cover(list_files(self._paths))

    async def told(self) -> Due:
        """What is due next; only the test's deadline ends waiting for nothing."""
        async with asyncio.timeout(DEADLINE):
            while True:
                await self.notifier.wait(DEADLINE)
                due = self.pending.take(asyncio.get_running_loop().time())
                if due.files or due.everything:
                    return due


@contextmanager
def watching(*paths: Path, quiet: float = QUIET) -> Iterator[Watched]:
    pending = Pending(quiet)
    names = [str(path) for path in paths]
    with Notifier(names, pending) as notifier:
        watched = Watched(notifier, pending, names)
        watched.cover()
        yield watched


def files(*paths: Path) -> Due:
    return Due(frozenset(map(str, paths)), False)


EVERYTHING = Due(frozenset(), True)
FOR_EVER = 1e6  # what waits this long is never told in a test


async def test_a_file_that_was_closed_is_told_without_waiting(tmp_path: Path) -> None:
    with watching(tmp_path, quiet=FOR_EVER) as watched:
        (tmp_path / "a.yaml").write_text("a")
        assert await watched.told() == files(tmp_path / "a.yaml")


async def test_a_file_that_was_renamed_into_place_is_told_without_waiting(tmp_path: Path) -> None:
    with watching(tmp_path, quiet=FOR_EVER) as watched:
        (tmp_path / ".a.yaml.tmp").write_text("a")
        os.replace(tmp_path / ".a.yaml.tmp", tmp_path / "a.yaml")
        assert await watched.told() == files(tmp_path / "a.yaml")
        os.rename(tmp_path / "a.yaml", tmp_path / "b.yaml")
        assert await watched.told() == files(tmp_path / "a.yaml", tmp_path / "b.yaml")
        (tmp_path / "b.yaml").unlink()
        assert await watched.told() == files(tmp_path / "b.yaml")


async def test_a_file_that_stays_open_is_told_when_it_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a")
    with watching(tmp_path) as watched, (tmp_path / "a.yaml").open("a") as file:
        file.write("b")
        file.flush()
        assert await watched.told() == files(tmp_path / "a.yaml")


async def test_half_of_a_file_is_not_told(tmp_path: Path) -> None:
    with watching(tmp_path, quiet=FOR_EVER) as watched:
        with (tmp_path / "a.yaml").open("w") as file:
            file.write("a")
            file.flush()
            (tmp_path / "b.yaml").write_text("b")
            assert await watched.told() == files(tmp_path / "b.yaml")
        assert await watched.told() == files(tmp_path / "a.yaml")


async def test_other_files_are_not_told_and_new_folders_and_links_are(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    folder = tmp_path / "conf"
    folder.mkdir()
    with watching(folder) as watched:
        (folder / "read.me").write_text("no manifest")
        (folder / ".hidden.yaml").write_text("no manifest")
        (folder / ".git").mkdir()
        (folder / "a.yaml").write_text("a")
        assert await watched.told() == files(folder / "a.yaml")
        for make in (
            lambda: (folder / "sub").mkdir(),
            lambda: (folder / "link").symlink_to("../far"),
            lambda: (folder / "link").unlink(),
            lambda: (folder / "sub").rename(folder / "other"),
            lambda: (folder / "other").rmdir(),
        ):
            make()
            assert await watched.told() == EVERYTHING
            watched.cover()


async def test_a_new_link_to_a_file_waits_for_quiet_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("a")
    (tmp_path / "conf").mkdir()
    with watching(tmp_path / "conf") as watched:
        (tmp_path / "conf" / "a.yaml").symlink_to("../real")
        assert await watched.told() == files(tmp_path / "conf" / "a.yaml")


async def test_a_link_on_the_way_to_a_file_is_told(tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "a.yaml").write_text("a")
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    with watching(tmp_path) as watched:
        (tmp_path / "..new").symlink_to("..v2")
        os.replace(tmp_path / "..new", tmp_path / "..data")
        assert await watched.told() == EVERYTHING
        (tmp_path / "..v1" / "a.yaml").write_text("what the link leads to")
        assert await watched.told() == files(tmp_path / "..v1" / "a.yaml")


async def test_covering_the_same_again_is_no_new_watch(tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    pending = Pending(QUIET)
    with Notifier([str(tmp_path)], pending) as notifier:
        assert notifier.cover(list_files([str(tmp_path)]))
        assert not notifier.cover(list_files([str(tmp_path)]))
        folder.rmdir()
        folder.mkdir()
        assert notifier.cover(list_files([str(tmp_path)])), "the old folder's watch is dead"


async def test_a_moved_folder_is_told_by_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "a.yaml").write_text("a")
    with watching(tmp_path) as watched:
        (tmp_path / "x").rename(tmp_path / "z")
        assert await watched.told() == EVERYTHING
        assert watched.cover()
        (tmp_path / "z" / "y" / "a.yaml").write_text("b")
        assert await watched.told() == files(tmp_path / "z" / "y" / "a.yaml")


async def test_an_ancestor_is_watched_for_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "site" / "conf"
    with watching(root, quiet=0.001) as watched:
        (tmp_path / "other").mkdir()
        (tmp_path / "other.yaml").write_text("not a matter of ours")
        (tmp_path / "site").mkdir()
        assert await watched.told() == EVERYTHING
        watched.cover()
        root.mkdir()
        assert await watched.told() == EVERYTHING


async def test_a_root_that_goes_is_told(tmp_path: Path) -> None:
    root = tmp_path / "conf"
    root.mkdir()
    with watching(root) as watched:
        root.rmdir()
        assert await watched.told() == EVERYTHING
        watched.cover()
        root.mkdir()
        assert await watched.told() == EVERYTHING


async def test_a_queue_that_overflows_is_told_at_once(tmp_path: Path) -> None:
    with watching(tmp_path, quiet=FOR_EVER) as watched:
        first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
        first.touch()
        for _ in range(LONGEST_QUEUE // 2 + 10):  # nobody reads the queue before the next await
            first.rename(second)
            second.rename(first)
        assert (await watched.told()).everything


async def test_no_watches_are_a_problem_until_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    listing = list_files([str(tmp_path)])
    with Notifier([str(tmp_path)], Pending(QUIET)) as notifier:
        with monkeypatch.context() as patched:
            patched.setattr(notify, "INotify", full)
            assert not notifier.cover(listing)
            assert notifier.problem is not None
            assert "Too many open files" in notifier.problem.message
            assert "max_user_instances" in notifier.problem.cure
        assert notifier.cover(listing)
        assert notifier.problem is None


async def test_waiting_ends_when_nothing_happens_or_somebody_wakes(tmp_path: Path) -> None:
    with watching(tmp_path) as watched:
        await watched.notifier.wait(0)
        watched.notifier.wake()
        async with asyncio.timeout(DEADLINE):
            await watched.notifier.wait(10 * DEADLINE)


async def test_when_nothing_changes_nobody_wakes(tmp_path: Path) -> None:
    """No polling: however long one waits, the loop makes one round."""
    with watching(tmp_path) as watched:
        loop = asyncio.get_running_loop()
        rounds, run_once = [0], loop._run_once  # type: ignore[attr-defined]

        def counted() -> None:
            rounds[0] += 1
            run_once()

        loop._run_once = counted  # type: ignore[attr-defined]
        await watched.notifier.wait(0.3)
        assert rounds[0] <= 3
