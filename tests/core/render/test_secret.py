"""Certificates as SDS secrets."""

from base64 import b64decode

from portway.core import model, render
from tests.core.render.cases import CERTIFICATE


def test_pem_goes_inline_as_base64() -> None:
    found = render.secret(model.Certificate(CERTIFICATE, b"chain", b"key"))
    tls = found["tls_certificate"]
    assert found["name"] == "secret/shop/tls"
    assert b64decode(tls["certificate_chain"]["inline_bytes"]) == b"chain"
    assert b64decode(tls["private_key"]["inline_bytes"]) == b"key"
