"""Where an instance's files are."""

import os
import socket
import stat
from pathlib import Path

import pytest

from portway.app import settings
from portway.app.settings import SettingError, Settings, data_dir, find_admin_socket, run_dir


def _made(tmp_path: Path) -> Settings:
    return Settings(paths=("x",), name="n", data=tmp_path / "data", run_dir=tmp_path / "run")


def test_folders_follow_xdg(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": "/state", "XDG_RUNTIME_DIR": "/run/user/7"}
    assert data_dir("one", environ) == Path("/state/portway/one")
    assert run_dir("one", None, environ) == Path("/run/user/7/portway/one")


def test_without_xdg_sockets_are_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert run_dir("one", None, {}) == Path("/home/me/.local/state/portway/one/run")


def test_relative_xdg_folders_are_ignored_as_the_specification_says() -> None:
    environ = {"XDG_STATE_HOME": "state", "HOME": "/home/me"}
    assert data_dir("one", environ).is_absolute()


def test_an_instance_with_its_own_data_keeps_its_sockets_there() -> None:
    environ = {"XDG_RUNTIME_DIR": "/run/user/7"}
    assert run_dir("one", Path("/srv/a"), environ) == Path("/srv/a/run")


def test_two_data_folders_never_share_sockets() -> None:
    deep = Path("/" + "d" * 200)
    one = run_dir("n", deep / "a", {})
    two = run_dir("n", deep / "b", {})
    assert one != two


@pytest.mark.parametrize("length", [1, 60, 80, 120])
def test_every_socket_path_fits(length: int) -> None:
    for place in settings.run_dirs("n", Path("/" + "d" * length), {"XDG_RUNTIME_DIR": "/r"}):
        made = Settings(paths=(), name="n", data=Path("/x"), run_dir=place)
        for path in (made.admin_socket, made.xds_socket, made.envoy_admin_socket):
            assert len(os.fsencode(path)) <= settings.SOCKET_PATH_BYTES


def test_no_place_is_short_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/" + "t" * 120)
    with pytest.raises(SettingError, match="XDG_RUNTIME_DIR"):
        run_dir("n", Path("/" + "d" * 120), {})


def test_a_name_that_is_no_folder_name_is_refused() -> None:
    for bad in ("", "../x", "UPPER", "-a", "a" * 33):
        with pytest.raises(SettingError, match="--name"):
            data_dir(bad)


def test_the_socket_that_exists_is_found_whatever_the_environment(tmp_path: Path) -> None:
    data = tmp_path / "d"
    place = settings.run_dirs("n", data, {})[-1 if len(str(tmp_path)) > 70 else 0]
    place.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place / "admin.sock"))
        try:
            assert find_admin_socket("n", data, {}) == place / "admin.sock"
        finally:
            (place / "admin.sock").unlink()


def test_folders_are_made_for_the_owner_only(tmp_path: Path) -> None:
    made = _made(tmp_path)
    made.run_dir.mkdir(mode=0o755)
    made.prepare()
    for folder in (made.data, made.run_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    made = _made(tmp_path)
    made.data.write_text("")
    with pytest.raises(SettingError, match="data"):
        made.prepare()


def test_workers_are_never_none(tmp_path: Path) -> None:
    assert 1 <= _made(tmp_path).workers <= 4


def test_an_access_log_is_made_for_the_owner_only_and_kept(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    settings = Settings((), "a", tmp_path / "data", tmp_path / "run", access_log=log)
    settings.prepare()
    assert log.stat().st_mode & 0o777 == 0o600
    log.write_text("a line\n")
    settings.prepare()
    assert log.read_text() == "a line\n"


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/none/access.log"])
def test_an_access_log_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    settings = Settings((), "a", tmp_path / "data", tmp_path / "run", access_log=Path(name))
    with pytest.raises(SettingError, match=f"--access-log {name}"):
        settings.prepare()
