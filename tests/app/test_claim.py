"""A data folder has one instance at a time."""

from pathlib import Path

import pytest

from portway.app.claim import ClaimError, claim


def test_a_folder_is_claimed_once_and_free_again_afterwards(tmp_path: Path) -> None:
    with claim(tmp_path):
        with (
            pytest.raises(ClaimError, match="another instance is running") as caught,
            claim(tmp_path),
        ):
            pass
        assert str(tmp_path) in str(caught.value)
    with claim(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match="choose another --data"), claim(tmp_path / "missing"):
        pass
