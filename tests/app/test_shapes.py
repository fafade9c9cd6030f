"""The record of scoped tables outlives its writer and does no harm when it is damaged."""

from pathlib import Path

import pytest

from portway.app import shapes
from portway.core.model import ObjectKey, TableKey

GATEWAY = ObjectKey("Gateway", "default", "web")
BOTH = (TableKey(GATEWAY, 80, ""), TableKey(GATEWAY, 443, "tls"))


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "scoped.json"
    assert shapes.load(path) == ()
    shapes.save(BOTH, path)
    assert shapes.load(path) == BOTH
    assert path.stat().st_mode & 0o777 == 0o600
    shapes.save((), path)
    assert shapes.load(path) == ()


@pytest.mark.parametrize("content", ["", "{}", '{"version": 9, "scoped": []}', "\udcff"])
def test_a_file_of_no_use_holds_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scoped.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert shapes.load(path) == ()


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shapes.save(BOTH, tmp_path / "missing" / "scoped.json")
    assert "cannot be saved" in caplog.text
