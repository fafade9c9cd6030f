"""CA certificates in PEM."""

from datetime import UTC, datetime

import pytest
import trustme

from portway.core.translate.bundle import Bundle, read
from tests.core.translate.pki import authority, ca_pem


def test_every_certificate_is_kept_once_in_order() -> None:
    one, two = ca_pem("one"), ca_pem("two")
    found = read(f"# mine\n{two}\n{one}{two}".encode())
    assert isinstance(found, Bundle)
    assert found.pem.decode() == two + one


def test_a_private_key_that_was_stored_along_goes_nowhere() -> None:
    key = authority().private_key_pem.bytes()
    found = read(key + ca_pem().encode() + key)
    assert isinstance(found, Bundle)
    assert found.pem.decode() == ca_pem()


def test_the_first_end_counts() -> None:
    until = datetime(2031, 1, 1, tzinfo=UTC)
    soon = authority().issue_cert("a.com", not_after=until).cert_chain_pems[0].bytes()
    found = read(ca_pem().encode() + soon)
    assert isinstance(found, Bundle)
    assert found.expires == "2031-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none at all",
        ca_pem()[:-60],
        ca_pem() + ca_pem()[:-60],
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_cannot_be_read_spoils_all(text: str) -> None:
    found = read(text.encode())
    assert isinstance(found, str)
    assert "in PEM" in found


def test_an_expired_one_is_not_refused_here() -> None:
    until = datetime(2001, 1, 1, tzinfo=UTC)
    old = trustme.CA().issue_cert("a.com", not_after=until).cert_chain_pems[0].bytes()
    assert isinstance(read(old), Bundle)
