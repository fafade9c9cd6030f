"""TLS towards clients."""

from typing import Any

import pytest

from portway.core import model
from portway.core.render.downstream_tls import client_details, downstream_tls
from tests.core.render.cases import CA, listener

REQUIRED = model.ClientValidation(CA)
OPTIONAL = model.ClientValidation(CA, required=False)


def context(validation: model.ClientValidation | None = None, **more: Any) -> Any:
    made = listener("a", "HTTPS", validation=validation)
    return downstream_tls(made, **more)["typed_config"]


def test_certificates_come_apart_and_http_2_is_preferred() -> None:
    common = context()["common_tls_context"]
    assert [each["name"] for each in common["tls_certificate_sds_secret_configs"]] == [
        "secret/shop/tls"
    ]
    assert common["alpn_protocols"] == ["h2", "http/1.1"]
    assert common["tls_params"] == {"tls_minimum_protocol_version": "TLSv1_2"}
    assert "alpn_protocols" not in context(alpn=())["common_tls_context"]


def test_nothing_is_asked_of_clients_by_default() -> None:
    found = context()
    assert set(found) == {"@type", "common_tls_context"}
    assert "validation" not in " ".join(found["common_tls_context"])


def test_a_demanded_certificate_is_held_against_authorities_that_come_apart() -> None:
    found = context(REQUIRED)
    assert found["require_client_certificate"] is True
    apart = found["common_tls_context"]["validation_context_sds_secret_config"]
    assert apart["name"] == "configmap/shop/ca"


def test_the_fallback_asks_and_takes_anything() -> None:
    found = context(OPTIONAL)
    assert found["require_client_certificate"] is False
    combined = found["common_tls_context"]["combined_validation_context"]
    assert combined["default_validation_context"] == {
        "trust_chain_verification": "ACCEPT_UNTRUSTED"
    }


@pytest.mark.parametrize("validation", [REQUIRED, OPTIONAL])
def test_no_session_outlives_what_it_was_verified_by(validation: model.ClientValidation) -> None:
    found = context(validation)
    assert found["disable_stateless_session_resumption"] is True
    assert found["disable_stateful_session_resumption"] is True


def test_only_a_verified_client_is_told_to_backends() -> None:
    assert client_details(None) == {"forward_client_cert_details": "SANITIZE"}
    assert client_details(OPTIONAL) == {"forward_client_cert_details": "SANITIZE"}
    assert client_details(REQUIRED)["forward_client_cert_details"] == "SANITIZE_SET"
