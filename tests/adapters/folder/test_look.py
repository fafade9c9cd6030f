"""One look after another at files that were changed in between."""

import errno
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portway.adapters.folder import look as looking
from portway.adapters.folder.listing import list_files, read_file
from portway.adapters.folder.look import Looker, Plan
from portway.adapters.folder.store import FolderState
from portway.core import api


def config_map(value: str, name: str = "a") -> str:
    head = "apiVersion: v1\nkind: ConfigMap\n"
    return f"{head}metadata: {{name: {name}}}\ndata: {{k: '{value}'}}\n"


def looker(*paths: Path, snapshot: Path | None = None) -> Looker:
    return Looker(tuple(map(str, paths)), FolderState(), snapshot)


def read(look: Looker, path: Path) -> tuple[api.Event, ...]:
    plan = look.plan([str(path)])
    assert plan is not None
    return look.read(plan)


def test_a_second_look_at_the_same_files_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("1"))
    look = looker(tmp_path)
    assert len(look.look()) == 1
    os.utime(tmp_path / "a.yaml")
    assert look.look() == ()


def test_a_file_that_was_just_emptied_gets_a_second_look(tmp_path: Path) -> None:
    """Most programs empty a file before they write it anew; routes must not blink for that."""
    path = tmp_path / "a.yaml"
    path.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    path.write_text("")
    assert look.look() == ()
    assert look.emptied == {str(path): str(path)}
    path.write_text(config_map("2"))
    (event,) = look.look()
    assert event.object is not None
    assert look.emptied == {}


def test_a_file_that_is_still_empty_then_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    (tmp_path / "a.yaml").write_text("")
    look.look()
    (event,) = look.look()
    assert event.object is None


def test_a_notified_file_is_read_whatever_its_signature(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    path.write_text(config_map("2"))
    # The same signature as read last, as after two writes within one tick of the disk's clock.
    (now,) = list_files([str(tmp_path)]).files.values()
    look._read[str(path)] = msgspec.structs.replace(look._read[str(path)], signature=now)
    assert look.look() == ()
    assert len(look.look([str(path)])) == 1


def test_a_snapshot_in_the_folder_is_not_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[]")
    look = looker(tmp_path, snapshot=tmp_path / "state.json")
    assert look.look() == ()
    assert look.plan([str(tmp_path / "state.json")]) == Plan({}, 0)


def test_a_folder_that_cannot_be_listed_keeps_its_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yaml").write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()

    def refused(path: str) -> Any:
        if path == str(tmp_path / "sub"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    scandir = os.scandir
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refused)
        assert look.look() == ()
        assert [problem.path for problem in look.listing.problems] == [str(tmp_path / "sub")]
    (tmp_path / "sub" / "a.yaml").unlink()
    (event,) = look.look()
    assert event.object is None


def test_a_single_file_is_looked_at_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text(config_map("1", name))
    look = looker(tmp_path)
    look.look()
    read: list[str] = []
    monkeypatch.setattr(looking, "list_files", None)

    def noted(path: str) -> Any:
        read.append(path)
        return read_file(path)

    monkeypatch.setattr(looking, "read_file", noted)
    (tmp_path / "b.yaml").write_text(config_map("2", "b"))
    plan = look.plan([str(tmp_path / "b.yaml")])
    assert plan is not None
    assert plan.size == (tmp_path / "b.yaml").stat().st_size
    (event,) = look.read(plan)
    assert event.name == "b"
    assert read == [str(tmp_path / "b.yaml")]


def test_a_file_that_went_gets_a_second_look(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    path.unlink()
    assert read(look, path) == ()
    assert look.missing == {str(path): str(path)}
    path.write_text(config_map("2"))
    (event,) = read(look, path)
    assert event.object is not None
    path.unlink()
    assert read(look, path) == ()
    (event,) = read(look, path)
    assert event.object is None
    assert read(look, path) == ()


def test_an_object_that_moved_to_another_file_is_not_there_twice(tmp_path: Path) -> None:
    old, new = tmp_path / "a.yaml", tmp_path / "b.yaml"
    old.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    old.rename(new)
    assert read(look, old) == ()
    assert read(look, new) == ()
    assert look._state.problems == ()
    assert look._state.paths == {str(new)}
    assert look.missing == {}


def test_what_a_plan_cannot_tell(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "a.yaml").write_text(config_map("1"))
    (tmp_path / "given.yaml").write_text(config_map("1", "given"))
    look = looker(tmp_path / "conf", tmp_path / "given.yaml")
    look.look()
    (tmp_path / "conf" / "link.yaml").symlink_to("a.yaml")
    assert look.plan([str(tmp_path / "conf" / "link.yaml")]) is None
    (tmp_path / "given.yaml").unlink()
    assert read(look, tmp_path / "given.yaml") == ()
    assert look.plan([str(tmp_path / "given.yaml")]) is None
    assert look.plan([str(tmp_path / "conf" / name) for name in ("x.md", ".a.yaml")]) == Plan({}, 0)


def test_what_was_read_during_a_survey_is_not_undone_by_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(config_map("1", "a"))
    look = looker(tmp_path)
    look.look()
    (tmp_path / "a.yaml").unlink()
    (tmp_path / "b.yaml").write_text(config_map("1", "b"))
    survey = look.survey()
    (tmp_path / "a.yaml").write_text(config_map("2", "a"))
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "c.yaml").write_text(config_map("1", "c"))
    for name in "abc":
        read(look, tmp_path / f"{name}.yaml")
    look.take(survey)
    assert [each.name for each in look._state.objects()] == ["a", "c"]


def test_a_file_that_comes_back_after_a_survey_missed_it_is_looked_for_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "given.txt"
    path.write_text(config_map("1"))
    look = looker(path)
    look.look()
    path.unlink()
    survey = look.survey()
    path.write_text(config_map("2"))
    assert len(read(look, path)) == 1
    assert look.take(survey) == ()
    assert look.overtaken
    assert [problem.path for problem in look.listing.problems] == [str(path)]
    assert look.look() == ()
    assert not look.overtaken
    assert look.listing.problems == []


def test_a_file_that_a_survey_missed_while_it_was_in_doubt_is_gone_in_the_end(
    tmp_path: Path,
) -> None:
    path = tmp_path / "given.txt"
    path.write_text(config_map("1"))
    look = looker(path)
    look.look()
    path.unlink()
    survey = look.survey()
    assert read(look, path) == ()
    assert look.take(survey) == ()
    assert look.plan([str(path)]) is None, "everything is to be looked at"
    (event,) = look.look()
    assert event.object is None


def test_a_doubt_ends_when_its_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "a.yaml"
    path.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    path.unlink()
    assert read(look, path) == ()
    survey = looking.Survey(look.survey().listing, (), ())  # as an unreadable folder's would be
    assert look.take(survey) == ()
    assert look.missing == {}
    assert look._state.paths == {str(path)}


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    path.unlink()
    os.mkfifo(path)
    assert look.plan([str(path)]) is None
    (event,) = look.look([str(path)])
    assert event.object is None
