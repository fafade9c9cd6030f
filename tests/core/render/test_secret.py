"""Certificates as SDS secrets."""

from base64 import b64decode

from portway.core import model, render
from tests.core.render.cases import CERTIFICATE, TWO_CAS


def test_pem_goes_inline_as_base64() -> None:
    found = render.secret(model.Certificate(CERTIFICATE, b"chain", b"key"))
    tls = found["tls_certificate"]
    assert found["name"] == "secret/shop/tls"
    assert b64decode(tls["certificate_chain"]["inline_bytes"]) == b"chain"
    assert b64decode(tls["private_key"]["inline_bytes"]) == b"key"


def test_authorities_go_inline_and_alone() -> None:
    found = render.trust(model.Trust(TWO_CAS, b"pem"))
    assert found["name"] == "configmap/shop/ca+configmap/vault/ca"
    assert list(found["validation_context"]) == ["trusted_ca"]
    assert b64decode(found["validation_context"]["trusted_ca"]["inline_bytes"]) == b"pem"


def test_those_of_the_machine_are_a_file_that_is_watched() -> None:
    found = render.trust(model.Trust(model.TrustKey(), file="/etc/ssl/certs/ca.pem"))
    assert found == {
        "name": "system",
        "validation_context": {
            "trusted_ca": {"filename": "/etc/ssl/certs/ca.pem"},
            "watched_directory": {"path": "/etc/ssl/certs"},
        },
    }
