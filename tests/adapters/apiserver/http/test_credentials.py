"""Certificates and the kubeconfig."""

import json
import os
import stat
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

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


def test_both_certificates_are_signed_by_the_authority(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    authority = x509.load_pem_x509_certificate(found.authority.read_bytes())
    for path in (found.certificate, found.client_certificate):
        x509.load_pem_x509_certificate(path.read_bytes()).verify_directly_issued_by(authority)
    # Its key is nowhere: nothing more can be signed.
    assert len(list((tmp_path / "tls").iterdir())) == 5


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


def test_a_broken_file_is_replaced(tmp_path: Path) -> None:
    found = credentials(tmp_path / "tls", "127.0.0.1", NOW)
    found.certificate.write_text("no certificate")
    credentials(tmp_path / "tls", "127.0.0.1", NOW)
    assert x509.load_pem_x509_certificate(found.certificate.read_bytes())


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
