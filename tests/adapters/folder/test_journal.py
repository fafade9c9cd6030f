"""The journal: what it costs to add, and what is there after a crash at any moment."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from portway.adapters.folder import journal as journals
from portway.adapters.folder import snapshot
from portway.adapters.folder.journal import Journal
from portway.adapters.folder.past import PastManifest, Record


def record(number: int, value: str = "") -> Record:
    raw = msgspec.json.encode({"kind": "ConfigMap", "metadata": {"name": "a"}, "value": value})
    return Record(number, f"{number}.yaml", put=(PastManifest(1, msgspec.Raw(raw)),))


def records(count: int) -> Iterator[Record]:
    return (record(number) for number in range(1, count + 1))


def kept(path: Path) -> list[str]:
    past = snapshot.load(path).past
    return [] if past is None else sorted(past.files)


def begun(path: Path, count: int) -> Journal:
    journal = Journal(path)
    assert journal.wants_rewriting
    journal.rewrite(records(count))
    while not journal.write_some():
        pass
    journal.sync()
    journal.finish()
    assert journal.problem is None
    return journal


def test_written_anew_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    journal = begun(path, 2)
    assert not journal.wants_rewriting
    assert kept(path) == ["1.yaml", "2.yaml"]
    before = path.stat().st_size
    journal.append([record(7)])
    assert path.stat().st_size == before + len(snapshot.line(record(7)))
    # Nobody closed it, nobody waited for the disk: what a killed process leaves.
    assert kept(path) == ["1.yaml", "2.yaml", "7.yaml"]
    journal.close()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    path.chmod(0o644)
    begun(path, 1).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_a_new_run_goes_on_after_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    begun(path, 2).close()
    with path.open("ab") as file:
        file.write(snapshot.line(record(3))[:-5])
    journal = Journal(path)
    journal.resume(snapshot.load(path).length)
    journal.append([record(4)])
    assert kept(path) == ["1.yaml", "2.yaml", "4.yaml"]
    journal.close()


def test_a_kill_while_it_is_written_anew_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    journal = begun(path, 2)
    journal.rewrite(records(3))
    journal.write_some()
    journal.append([record(8)])
    assert kept(path) == ["1.yaml", "2.yaml", "8.yaml"]
    while not journal.write_some():
        journal.append([record(9)])
    journal.sync()
    journal.append([record(10)])
    journal.finish()
    assert kept(path) == ["1.yaml", "10.yaml", "2.yaml", "3.yaml", "8.yaml"]
    journal.close()


def test_over_nothing_each_record_counts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("of no use")
    journal = Journal(path)
    journal.rewrite(records(1000), over_nothing=True)
    assert kept(path) == []
    journal.append([record(2000)])
    assert kept(path) == ["2000.yaml"]
    journal.write_some()
    assert 1 < len(kept(path)) < 1000
    journal.close()
    assert len(kept(path)) == 1001
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_it_is_written_anew_when_most_of_it_is_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "_SLACK", 0)
    path = tmp_path / "state.json"
    journal = begun(path, 10)
    wanted = 0
    for number in range(200):
        journal.append([record(1, str(number))])
        if journal.wants_rewriting:
            wanted += 1
            journal.rewrite(records(10))
            journal.close()
            journal = begun(path, 10)
    assert 10 <= wanted <= 20, "once for as many bytes as are in use"
    journal.close()


def test_a_slice_is_small(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state.json")
    journal.rewrite(records(1000))
    slices = 0
    while not journal.write_some():
        slices += 1
    size = next(tmp_path.iterdir()).stat().st_size
    assert slices >= size / journals._SLICE / 2 > 2
    journal.close()


def test_what_is_begun_is_finished_where_there_is_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    journal = Journal(path)
    journal.rewrite(records(3))
    journal.close()
    assert kept(path) == ["1.yaml", "2.yaml", "3.yaml"]
    journal = Journal(path)
    journal.resume(snapshot.load(path).length)
    journal.rewrite(records(1))
    journal.close()
    assert kept(path) == ["1.yaml", "2.yaml", "3.yaml"]
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_a_full_disk_leaves_what_was_whole_and_is_a_problem_until_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    journal = begun(path, 1)

    def full(handle: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data[:10])  # part of it still fits

    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        journal.append([record(2)])
        assert journal.problem is not None
        assert "No space left" in journal.problem.message
        assert journal.wants_rewriting
        journal.rewrite(records(2))
        assert journal.problem is not None
        assert not journal.rewriting
    assert kept(path) == ["1.yaml"]
    assert path.stat().st_size == snapshot.load(path).length
    journal.rewrite(records(2))
    while not journal.write_some():
        pass
    journal.sync()
    journal.finish()
    assert journal.problem is None
    assert kept(path) == ["1.yaml", "2.yaml"]
    journal.close()


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "no" / "state.json")
    journal.rewrite(records(1))
    assert journal.problem is not None
    assert "cannot be written" in journal.problem.message
    journal.close()
    journal.resume(10)
    assert "cannot be written" in journal.problem.message
