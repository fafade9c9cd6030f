"""Certificates and the kubeconfig."""

import json
import os
import stat
import subprocess
import sys
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portway.adapters.apiserver.http.credentials import credentials, write_kubeconfig

NOW = datetime.now(UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_everything_is_made_once_and_only_the_owners(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    before = [path.read_bytes() for path in found]
    assert credentials(tmp_path / "tls", "127.0.0.1", NOW) == found
    assert [path.read_bytes() for path in found] == before
    assert {mode(path) for path in found} == {0o600}
    assert mode(tmp_path / "tls") == 0o700


def test_they_are_made_again_before_they_run_out_and_for_another_host(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    before = found.certificate.read_bytes()
    credentials(tmp_path / "tls", "127.0.0.1", NOW + timedelta(days=300))
    assert found.certificate.read_bytes() == before
    credentials(tmp_path / "tls", "192.0.2.1", NOW)
    other = found.certificate.read_bytes()
    assert other != before
    credentials(tmp_path / "tls", "192.0.2.1", NOW + timedelta(days=340))
    assert found.certificate.read_bytes() != other


def test_what_was_not_finished_is_made_again(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    before = found.key.read_bytes()
    for note in ("", "[]", "{}", '{"host": "127.0.0.1", "renew": "never"}'):
        (tmp_path / "tls" / "made.json").write_text(note)
        credentials(tmp_path / "tls", "127.0.0.1", NOW)
        assert found.key.read_bytes() != before
        before = found.key.read_bytes()
    found.client_key.unlink()
    credentials(tmp_path / "tls", "127.0.0.1", NOW)
    assert found.client_key.exists()


@pytest.mark.parametrize("there", [True, False])
def test_neither_who_has_them_nor_who_gets_them_loads_the_library(
    tmp_path: Path, there: bool
) -> None:
    if there:
        credentials(tmp_path / "tls", "127.0.0.1", NOW)
    program = (
        "import sys; from pathlib import Path;"
        "from portway.adapters.apiserver.http.credentials import credentials;"
        "credentials(Path(sys.argv[1]), '127.0.0.1');"
        "sys.exit('cryptography' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "tls")]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_kubeconfig_has_all_it_needs_and_is_the_owners(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    path = tmp_path / "kubeconfig"
    path.write_text("older, and readable")
    write_kubeconfig(path, "https://127.0.0.1:6443", found, token="t")
    assert mode(path) == 0o600
    document = json.loads(path.read_text())
    cluster = document["clusters"][0]["cluster"]
    assert b64decode(cluster["certificate-authority-data"]) == found.authority.read_bytes()
    assert document["users"][0]["user"]["token"] == "t"
    write_kubeconfig(path, "https://127.0.0.1:6443", found)
    assert "token" not in json.loads(path.read_text())["users"][0]["user"]
