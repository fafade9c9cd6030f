"""Which files count."""

import os
from pathlib import Path

import pytest

from portway.adapters.folder import listing
from portway.adapters.folder.listing import list_files, read_file, read_text
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


def test_a_dangling_link_is_a_problem_and_its_links_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("current/a.yaml")
    (tmp_path / "current").symlink_to("v1")
    result = list_files([str(tmp_path)])
    assert [problem.path for problem in result.problems] == [str(tmp_path / "a.yaml")]
    steps = ("a.yaml", "current", "v1", "v1/a.yaml")
    assert result.steps == {str(tmp_path / name) for name in steps}
    assert result.directories == {str(tmp_path)}


def test_the_links_on_the_way_to_a_file_are_known_and_watched(tmp_path: Path) -> None:
    put(tmp_path, "far/v1/a.yaml", "conf/b.yaml")
    (tmp_path / "far/now").symlink_to(tmp_path / "far" / "v1")
    (tmp_path / "conf/a.yaml").symlink_to("../far/now/a.yaml")
    (tmp_path / "conf/circle.yaml").symlink_to("circle.yaml")
    result = list_files([str(tmp_path / "conf")])
    links = ("conf/a.yaml", "far/now", "conf/circle.yaml")
    assert result.steps == {str(tmp_path / name) for name in links}
    assert result.directories == {str(tmp_path / name) for name in ("conf", "far", "far/v1")}


def test_the_path_a_file_is_shown_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "conf/sub/a.yaml", "far/b.txt", "given.txt")
    (tmp_path / "conf/b.yaml").symlink_to("../far/b.txt")
    monkeypatch.chdir(tmp_path)
    result = list_files(["conf", "given.txt"])
    shown = {
        "conf/sub/a.yaml": "conf/sub/a.yaml",
        "conf/sub/new.yaml": "conf/sub/new.yaml",
        "far/b.txt": "conf/b.yaml",
        "given.txt": "given.txt",
        "conf/sub/.new.yaml": None,
        "conf/sub/new.txt": None,
        "far/new.yaml": None,
    }
    assert {name: result.shown(str(tmp_path / name)) for name in shown} == shown


def test_a_plain_file_is_read_with_its_signature(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml")
    path = str(tmp_path / "a.yaml")
    assert read_file(path) == (list_files([path]).files[path], b"{}")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert read_file(str(tmp_path / "pipe.yaml")) is None
    with pytest.raises(FileNotFoundError):
        read_file(str(tmp_path / "none.yaml"))


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a" * 100)
    fstat = os.fstat

    def early(handle: int) -> os.stat_result:
        status = fstat(handle)
        path.write_bytes(b"b" * 5000)
        return status

    monkeypatch.setattr(os, "fstat", early)
    found = read_file(str(path))
    assert found is not None
    assert (found[0].size, found[1]) == (100, b"b" * 5000)


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
