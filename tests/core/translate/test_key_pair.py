"""Certificates and keys in PEM; what becomes of them in a Secret is in test_certificate."""

import subprocess
import sys

import pytest
import trustme

from portway.core.translate.key_pair import KeyPair, Unusable, read


@pytest.fixture(scope="module")
def issued() -> trustme.LeafCert:
    return trustme.CA().issue_cert("a.com", "*.b.com")


def chain(issued: trustme.LeafCert) -> bytes:
    return b"".join(each.bytes() for each in issued.cert_chain_pems)


def test_a_pair_tells_its_names_and_its_end(issued: trustme.LeafCert) -> None:
    found = read(chain(issued), issued.private_key_pem.bytes())
    assert isinstance(found, KeyPair)
    assert found.names == ("*.b.com", "a.com")
    assert found.expires.endswith("Z")


def test_what_is_wrong_is_said_of_the_part_it_is_wrong_with(issued: trustme.LeafCert) -> None:
    key = issued.private_key_pem.bytes()
    other = trustme.CA().issue_cert("a.com").private_key_pem.bytes()
    parts = [read(b"no", key), read(chain(issued), b"no"), read(chain(issued), other)]
    told = [(each.of_chain, each.of_key) for each in parts if isinstance(each, Unusable)]
    assert told == [(True, False), (False, True), (False, True)]


def test_a_site_without_certificates_does_not_pay_for_them() -> None:
    asks = "import sys, portway.core.wiring; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0
