"""A body as an option."""

import io
import sys
from pathlib import Path

import pytest

from portway.app.cli.body import read
from portway.app.cli.failure import Failure


def test_text_files_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"\xff\x00")
    assert read('{"a": "\u00e9"}') == '{"a": "\u00e9"}'.encode()
    assert read(f"@{tmp_path}/a") == b"\xff\x00"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"in")))
    assert read("@-") == b"in"


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"--body @.*/b: No such file"):
        read(f"@{tmp_path}/b")
