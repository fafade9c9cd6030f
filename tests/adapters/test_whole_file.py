"""Files that are replaced in one step."""

import stat
from pathlib import Path

import pytest

from portway.adapters import whole_file


@pytest.mark.parametrize("durable", [True, False])
def test_only_its_owner_may_read_what_is_written_even_when_it_was_there(
    tmp_path: Path, durable: bool
) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    path.chmod(0o644)
    whole_file.write(b"{}", path, durable=durable)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match=r"state\.json"):
        whole_file.write(b"{}", path)
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
