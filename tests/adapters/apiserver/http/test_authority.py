"""The certificates the API is served and met with."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portway.adapters.apiserver.http.authority import made

NOW = datetime.now(UTC)
MADE = made("192.0.2.1", NOW, timedelta(days=365))


def test_both_are_signed_by_the_authority_and_good_for_one_thing_each() -> None:
    authority = x509.load_pem_x509_certificate(MADE.authority)
    for text, usage in (
        (MADE.certificate, ExtendedKeyUsageOID.SERVER_AUTH),
        (MADE.client_certificate, ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        certificate = x509.load_pem_x509_certificate(text)
        certificate.verify_directly_issued_by(authority)
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        assert list(extended.value) == [usage]
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert not basic.value.ca


def test_the_server_is_named_by_its_host_and_by_loopback() -> None:
    certificate = x509.load_pem_x509_certificate(MADE.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"192.0.2.1", "127.0.0.1", "::1"}


def test_they_end() -> None:
    certificate = x509.load_pem_x509_certificate(MADE.certificate)
    assert certificate.not_valid_after_utc - NOW <= timedelta(days=365)
    assert certificate.not_valid_before_utc < NOW
