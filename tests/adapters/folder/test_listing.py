"""Which files count."""

import os
from pathlib import Path

import pytest

from portway.adapters.folder import listing
from portway.adapters.folder.listing import list_files, read_text
from portway.adapters.folder.problem import FileProblem


def found(*paths: Path) -> list[str]:
    root = str(paths[0]) + os.sep
    return [path.removeprefix(root) for path in list_files(map(str, paths)).files]


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_manifests_of_a_folder_and_below_sorted(tmp_path: Path) -> None:
    put(tmp_path, "b.yaml", "a.yml", "c.JSON", "sub/x.yaml", "sub/deep/y.yaml", "readme.md")
    assert sorted(found(tmp_path)) == ["a.yml", "b.yaml", "c.JSON", "sub/deep/y.yaml", "sub/x.yaml"]
    assert found(tmp_path) == found(tmp_path)


def test_hidden_files_and_editors_leftovers_are_not_manifests(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.yaml", ".git/x.yaml", "a.yaml~", ".a.yaml.swp", "#a.yaml#", "4913")
    put(tmp_path, ".#a.yaml", "a.yaml.bak")
    assert found(tmp_path) == []


def test_a_mounted_config_map_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, "..2026_11_21/a.yaml", "..2026_11_21/b.yaml")
    (tmp_path / "..data").symlink_to("..2026_11_21")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    (tmp_path / "b.yaml").symlink_to("..data/b.yaml")
    assert found(tmp_path) == ["a.yaml", "b.yaml"]


def test_links_are_followed_once_and_never_in_circles(tmp_path: Path) -> None:
    put(tmp_path, "conf/real/x.yaml", "elsewhere/y.yaml")
    conf = tmp_path / "conf"
    (conf / "again").symlink_to("real")
    (conf / "again.yaml").symlink_to("real/x.yaml")
    (conf / "real/up").symlink_to("..")
    (conf / "other").symlink_to("../elsewhere")
    (conf / "dangling.yaml").symlink_to("nowhere")
    assert found(conf) == ["real/x.yaml", "other/y.yaml"]


def test_a_file_given_by_name_may_have_any(tmp_path: Path) -> None:
    put(tmp_path, "routes.txt")
    assert list(list_files([str(tmp_path / "routes.txt")]).files) == [str(tmp_path / "routes.txt")]


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml")
    assert len(list_files([str(tmp_path), str(tmp_path / "a.yaml"), str(tmp_path)]).files) == 1


def test_a_path_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    result = list_files([str(tmp_path / "x/y")])
    assert [problem.path for problem in result.problems] == [str(tmp_path / "x/y")]
    assert result.ancestors == {str(tmp_path)}


def test_our_own_snapshot_is_not_a_manifest(tmp_path: Path) -> None:
    put(tmp_path, "state.json", "a.yaml")
    result = list_files([str(tmp_path)], [str(tmp_path / "state.json")])
    assert list(result.files) == [str(tmp_path / "a.yaml")]


def test_a_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    result = list_files([str(tmp_path)])
    assert not result.files
    assert "regular" in result.problems[0].message
    assert list_files([str(tmp_path / "a.yaml")]).streams == [str(tmp_path / "a.yaml")]


def test_text_has_to_be_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: b\nc: \xe9\n")
    problem = read_text(str(path))
    assert isinstance(problem, FileProblem)
    assert problem.line == 2
    assert "0xE9" in problem.message


def test_text_has_to_be_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_BYTES", 10)
    (tmp_path / "a.yaml").write_text("a" * 11)
    (tmp_path / "b.yaml").write_text("a" * 10)
    assert isinstance(read_text(str(tmp_path / "a.yaml")), FileProblem)
    assert read_text(str(tmp_path / "b.yaml")) == "a" * 10


def test_a_file_that_went_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    assert isinstance(read_text(str(tmp_path / "none.yaml")), FileProblem)
