"""A record of anything: what is no use counts as none, and says so once."""

from pathlib import Path

import pytest

from portway.app import record


class Form(record.Envelope, frozen=True):
    names: tuple[str, ...]


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    record.save(Form(3, ("a", "b")), path, "names")
    assert record.load(path, Form, 3, "names") == Form(3, ("a", "b"))


def test_another_version_is_none(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    record.save(Form(3, ("a", "b")), path, "names")
    assert record.load(path, Form, 4, "names") is None


def test_a_damaged_one_is_told_and_a_missing_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "record.json"
    assert record.load(path, Form, 3, "names") is None
    assert caplog.text == ""
    path.write_text("[")
    assert record.load(path, Form, 3, "names") is None
    assert "the record of names is ignored" in caplog.text


def test_one_that_cannot_be_saved_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record.save(Form(3, ()), tmp_path / "missing" / "record.json", "names")
    assert "the record of names cannot be saved" in caplog.text
