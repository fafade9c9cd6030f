"""Loading files for a command: what can go wrong is one sentence."""

from pathlib import Path

import pytest

from portway.adapters.envoy import binary
from portway.app.cli import offline
from portway.app.cli.failure import FINDINGS, USAGE, Failure


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        offline.load((str(tmp_path), str(tmp_path / "absent.yaml")))
    assert caught.value.exit_code == USAGE
    assert caught.value.message == (
        f"{tmp_path}/absent.yaml does not exist: give a file or folder of manifests"
    )


def test_no_envoy_is_told_and_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> binary.Binary:
        raise binary.BinaryError("there is no envoy here")

    monkeypatch.setattr(binary, "locate", nowhere)
    with pytest.raises(Failure, match="there is no envoy here") as caught:
        offline.load((str(tmp_path),))
    assert caught.value.exit_code == FINDINGS


def test_what_is_in_the_files_is_never_a_failure(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    found = offline.load((str(tmp_path),))
    assert len(found.problems) == 1
