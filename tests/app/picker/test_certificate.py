"""The certificate a picker shows."""

from pathlib import Path

import pytest
from cryptography import x509

from portway.adapters.identity.signing import pair
from portway.app.picker import certificate


def test_one_is_made_once_and_signed() -> None:
    made = certificate.self_signed("picker")
    chain, key = made()
    assert made() == (chain, key)
    leaf, root = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(root)
    assert pair(chain, key).certificate == leaf
    assert certificate.self_signed("picker")() != made()


def test_files_are_read_again_and_an_absent_one_changes_nothing(tmp_path: Path) -> None:
    chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    chain.write_bytes(b"1")
    key.write_bytes(b"2")
    shown = certificate.of_files(chain, key)
    assert shown() == (b"1", b"2")
    chain.write_bytes(b"3")
    assert shown() == (b"3", b"2")
    key.unlink()
    assert shown() == (b"3", b"2")


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(certificate.CertificateError, match=r"tls\.crt"):
        certificate.of_files(tmp_path / "tls.crt", tmp_path / "tls.key")
