"""One look after another at files that were changed in between."""

import os
from pathlib import Path

from portway.adapters.folder.listing import list_files
from portway.adapters.folder.look import Looker
from portway.adapters.folder.store import FolderState

NONE: frozenset[str] = frozenset()


def config_map(value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: '{value}'}}\n"


def looker(*paths: Path, snapshot: Path | None = None) -> Looker:
    return Looker(tuple(map(str, paths)), FolderState(), snapshot)


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
    assert look.emptied == {str(path)}
    path.write_text(config_map("2"))
    (event,) = look.look()
    assert event.object is not None
    assert look.emptied == set()


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
    look._read.update(list_files([str(tmp_path)]).files)
    assert look.look() == ()
    assert len(look.look(frozenset([str(path)]))) == 1


def test_a_snapshot_in_the_folder_is_not_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[]")
    look = looker(tmp_path, snapshot=tmp_path / "state.json")
    assert look.look() == ()
    assert look.listing.files == {}


def test_a_folder_that_cannot_be_listed_keeps_its_objects(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yaml").write_text(config_map("1"))
    look = looker(tmp_path)
    look.look()
    look.listing.unreadable.add(str(tmp_path / "sub"))
    look.listing.files.clear()
    assert dict(look._gone()) == {}
    look.listing.unreadable.clear()
    assert dict(look._gone()) == {str(tmp_path / "sub" / "a.yaml"): None}
