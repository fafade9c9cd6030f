"""TLS towards backends."""

from typing import Any

import pytest

from portway.core import model
from portway.core.render.upstream_tls import upstream_tls
from tests.core.render.cases import CERTIFICATE, tls


def context(value: model.BackendTLS) -> Any:
    return upstream_tls(value)["typed_config"]


def test_the_name_is_asked_for_and_verified_against_authorities_that_come_apart() -> None:
    found = context(tls())
    assert found["sni"] == "cart.internal"
    combined = found["common_tls_context"]["combined_validation_context"]
    assert combined["default_validation_context"] == {
        "match_typed_subject_alt_names": [
            {"san_type": "DNS", "matcher": {"exact": "cart.internal"}}
        ]
    }
    assert combined["validation_context_sds_secret_config"]["name"] == "configmap/shop/ca"


@pytest.mark.parametrize(
    ("name", "matcher"),
    [
        (model.PeerName("Hostname", "a.com"), {"san_type": "DNS", "matcher": {"exact": "a.com"}}),
        (
            model.PeerName("URI", "spiffe://a/b"),
            {"san_type": "URI", "matcher": {"exact": "spiffe://a/b"}},
        ),
    ],
)
def test_names_are_compared_whole(name: model.PeerName, matcher: Any) -> None:
    common = context(tls(name))["common_tls_context"]
    verified = common["combined_validation_context"]["default_validation_context"]
    assert verified == {"match_typed_subject_alt_names": [matcher]}


def test_there_is_always_a_name_to_compare() -> None:
    """Without one any certificate of the authorities would do."""
    for value in (tls(), tls(model.PeerName("URI", "a://b"))):
        common = context(value)["common_tls_context"]
        verified = common["combined_validation_context"]["default_validation_context"]
        assert verified["match_typed_subject_alt_names"]


def test_a_certificate_is_shown_if_there_is_one() -> None:
    assert "tls_certificate_sds_secret_configs" not in context(tls())["common_tls_context"]
    (shown,) = context(tls(client=CERTIFICATE))["common_tls_context"][
        "tls_certificate_sds_secret_configs"
    ]
    assert shown["name"] == "secret/shop/tls"


def test_tls_of_today_is_spoken() -> None:
    assert context(tls())["common_tls_context"]["tls_params"] == {
        "tls_minimum_protocol_version": "TLSv1_2",
        "tls_maximum_protocol_version": "TLSv1_3",
    }


def test_equal_values_give_equal_sockets_of_their_own() -> None:
    """... so that it can stand in `transport_socket_matches` as well."""
    assert upstream_tls(tls()) == upstream_tls(tls())
    assert upstream_tls(tls()) is not upstream_tls(tls())
