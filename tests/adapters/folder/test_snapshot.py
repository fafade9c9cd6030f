"""The snapshot file: owner only, whole or not at all, and no trust in what is found."""

import stat
from pathlib import Path

import pytest

from portway.adapters.folder import snapshot
from portway.adapters.folder.store import FolderState

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"


def saved(path: Path) -> FolderState:
    state = FolderState()
    state.update("a.yaml", SECRET)
    snapshot.save(state, path)
    return state


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = saved(path)
    assert snapshot.load(path) == (state.past(), None)


def test_only_its_owner_may_read_it_even_when_it_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    path.chmod(0o644)
    saved(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_no_snapshot_is_no_problem(tmp_path: Path) -> None:
    assert snapshot.load(tmp_path / "none") == (None, None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b'{"version":1,"past":{"revision":"x"}}', "damaged"),
        (b'{"version":99,"past":{}}', "version 99"),
    ],
)
def test_a_bad_snapshot_is_reported_and_ignored(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(data)
    past, problem = snapshot.load(path)
    assert past is None
    assert problem is not None
    assert words in problem.message


def test_a_folder_in_its_place_is_reported(tmp_path: Path) -> None:
    past, problem = snapshot.load(tmp_path)
    assert past is None
    assert problem is not None


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match=r"state\.json"):
        snapshot.write(b"{}", path)
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
