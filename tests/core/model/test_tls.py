"""A private key never gets into a message by accident."""

from portway.core import model

CERTIFICATE = model.Certificate(
    model.ObjectKey("Secret", "shop", "tls"), b"the chain", b"the secret key", ("a.example.com",)
)


def test_the_key_is_in_no_text_of_a_certificate() -> None:
    for text in (repr(CERTIFICATE), str(CERTIFICATE), f"{CERTIFICATE}", repr([CERTIFICATE])):
        assert "secret key" not in text
        assert "Secret shop/tls" in text
        assert "a.example.com" in text


def test_a_new_key_makes_another_certificate() -> None:
    renewed = model.Certificate(CERTIFICATE.key, CERTIFICATE.chain, b"a new key", CERTIFICATE.names)
    assert renewed != CERTIFICATE
