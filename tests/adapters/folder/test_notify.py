"""The operating system's word about changes: told when watched, and only then."""

import asyncio
from pathlib import Path

from portway.adapters.folder.notify import Notifier

DEADLINE = 10.0
QUIET = 0.01


async def told(notifier: Notifier) -> frozenset[str]:
    """The next paths that changed; an empty answer means that the deadline has passed."""
    return await notifier.wait(DEADLINE)


async def test_a_change_in_a_covered_folder_is_told(tmp_path: Path) -> None:
    async with Notifier([str(tmp_path)], QUIET) as notifier:
        assert await notifier.cover(frozenset({str(tmp_path)}), frozenset(), frozenset())
        (tmp_path / "a.yaml").write_text("a")
        assert str(tmp_path / "a.yaml") in await told(notifier)


async def test_covering_the_same_again_is_no_new_watch(tmp_path: Path) -> None:
    folders = frozenset({str(tmp_path)})
    async with Notifier([str(tmp_path)], QUIET) as notifier:
        assert await notifier.cover(folders, frozenset(), frozenset())
        assert not await notifier.cover(folders, frozenset(), frozenset())
        # A folder that is named among the changes may be a new one whose watch is dead.
        assert await notifier.cover(folders, frozenset(), folders)


async def test_an_ancestor_is_watched_for_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "site"
    async with Notifier([str(root)], QUIET) as notifier:
        assert await notifier.cover(frozenset(), frozenset({str(tmp_path)}), frozenset())
        (tmp_path / "other").write_text("not a matter of ours")
        root.mkdir()
        assert await told(notifier) == {str(root)}


async def test_waiting_ends_when_nothing_happens(tmp_path: Path) -> None:
    async with Notifier([str(tmp_path)], QUIET) as notifier:
        await notifier.cover(frozenset({str(tmp_path)}), frozenset(), frozenset())
        assert await notifier.wait(0) == frozenset()


async def test_a_folder_that_went_before_the_watch_is_told_when_it_comes_back(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "sub"
    both = frozenset({str(tmp_path), str(folder)})
    async with Notifier([str(tmp_path)], QUIET) as notifier:
        assert await notifier.cover(both, frozenset(), frozenset())
        folder.mkdir()
        touched = await told(notifier)
        assert str(folder) in touched
        assert await notifier.cover(both, frozenset(), touched), "its watch would be dead"
        assert notifier.problem is None
        (folder / "a.yaml").write_text("a")
        assert str(folder / "a.yaml") in await told(notifier)


async def test_an_error_of_the_body_comes_out_as_it_is(tmp_path: Path) -> None:
    class OwnError(Exception):
        pass

    async def body() -> None:
        async with Notifier([str(tmp_path)], QUIET) as notifier:
            await notifier.cover(frozenset({str(tmp_path)}), frozenset(), frozenset())
            raise OwnError

    results = await asyncio.gather(body(), return_exceptions=True)
    assert [type(each) for each in results] == [OwnError]
