"""Where the machine's CA certificates are, told honestly."""

from pathlib import Path

import pytest

from portway.adapters.envoy.authorities import _PLACES, find

PEM = "-----BEGIN CERTIFICATE-----\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for place in (_PLACES[1], _PLACES[4]):
        file = tmp_path / place.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text(PEM)
    return tmp_path


def test_the_first_place_that_holds_certificates_is_taken(root: Path) -> None:
    assert find({}, root) == root / _PLACES[1].lstrip("/")
    (root / _PLACES[1].lstrip("/")).write_text("# empty\n")
    assert find({}, root) == root / _PLACES[4].lstrip("/")


def test_there_may_be_none(tmp_path: Path) -> None:
    assert find({}, tmp_path) is None


def test_a_named_file_is_meant(root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.pem"
    named = {"SSL_CERT_FILE": str(mine)}
    assert find(named, root) is None
    mine.write_text(PEM)
    assert find(named, root) == mine


def test_a_relative_name_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxy has another working directory, perhaps."""
    monkeypatch.chdir(tmp_path)
    Path("mine.pem").write_text(PEM)
    assert find({"SSL_CERT_FILE": "mine.pem"}) == tmp_path / "mine.pem"
