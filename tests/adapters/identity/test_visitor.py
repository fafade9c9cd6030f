"""What a proxy shows: read again each time, and never nonsense."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portway.adapters.identity import Keyring, Visitor, VisitorError


def put(folder: Path, ring: Keyring) -> None:
    own = ring.for_gateway("shop/web", datetime.now(UTC))
    (folder / "tls.crt").write_bytes(own.certificate_pem)
    (folder / "tls.key").write_bytes(own.key_pem)
    (folder / "ca.crt").write_bytes(ring.bundle)


def authorities(context: ssl.SSLContext) -> list[str]:
    return [str(each["serialNumber"]) for each in context.get_ca_certs()]


def test_without_anything_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(VisitorError, match=r"tls\.crt, tls\.key and ca\.crt"):
        Visitor(tmp_path).context()


def test_the_name_and_the_authority_of_the_other_side_are_asked_for(tmp_path: Path) -> None:
    put(tmp_path, Keyring.new(datetime.now(UTC)))
    context = Visitor(tmp_path).context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(authorities(context)) == 1


def test_what_changes_is_read_again_and_nonsense_is_not_used(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path)
    put(tmp_path, Keyring.new(datetime.now(UTC)))
    first = visitor.context()
    put(tmp_path, Keyring.new(datetime.now(UTC)))
    second = visitor.context()
    assert authorities(first) != authorities(second)
    # Of another key, of no key, and not there.
    for name, text in (("tls.crt", (tmp_path / "ca.crt").read_text()), ("ca.crt", "nonsense")):
        before = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text)
        assert visitor.context() is second
        (tmp_path / name).write_text(before)
    (tmp_path / "tls.key").unlink()
    assert visitor.context() is second
