"""Authorities and what they sign, read back by the library that made them."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from portway.adapters.identity import signing

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_authority_signs_and_its_certificates_do_not() -> None:
    authority = signing.authority(NOW, 10 * DAY)
    leaf = signing.signed(authority, "x", (x509.DNSName("a"),), signing.SERVER, NOW, DAY)
    leaf.certificate.verify_directly_issued_by(authority.certificate)
    for pair, signs in ((authority, True), (leaf, False)):
        found = pair.certificate.extensions
        assert found.get_extension_for_class(x509.BasicConstraints).value.ca is signs
        assert found.get_extension_for_class(x509.KeyUsage).value.key_cert_sign is signs
    usage = leaf.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [signing.SERVER]


def test_a_certificate_does_not_outlive_its_authority() -> None:
    authority = signing.authority(NOW, DAY)
    leaf = signing.signed(authority, "x", (), signing.CLIENT, NOW, 7 * DAY)
    assert leaf.certificate.not_valid_after_utc == NOW + DAY


def test_how_much_life_is_left() -> None:
    authority = signing.authority(NOW, 10 * DAY)
    assert authority.left(NOW) == pytest.approx(1, abs=0.01)
    assert authority.left(NOW + 5 * DAY) == pytest.approx(0.5, abs=0.01)
    assert authority.left(NOW + 10 * DAY) == 0
    assert authority.left(NOW + 11 * DAY) < 0


def test_no_two_authorities_have_one_name() -> None:
    one, two = signing.authority(NOW, DAY), signing.authority(NOW, DAY)
    assert one.certificate.subject != two.certificate.subject


def test_a_pair_from_its_texts() -> None:
    made = signing.authority(NOW, DAY)
    read = signing.pair(made.certificate_pem, made.key_pem)
    assert (read.certificate, read.key_pem) == (made.certificate, made.key_pem)


def test_texts_that_are_no_pair() -> None:
    made, other = signing.authority(NOW, DAY), signing.authority(NOW, DAY)
    with pytest.raises(ValueError, match="another certificate"):
        signing.pair(made.certificate_pem, other.key_pem)
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        signing.pair(b"nothing", made.key_pem)
