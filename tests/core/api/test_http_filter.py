"""The filters' own defaults, and the values their enumerations take."""

from typing import Any, get_args

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def only(**body: Any) -> api.HTTPRouteFilter:
    (rule,) = decoded(api.HTTPRoute, spec={"rules": [{"filters": [body]}]}).spec.rules
    return rule.filters[0]


def test_a_redirect_keeps_what_it_does_not_say() -> None:
    found = only(type="RequestRedirect", requestRedirect={}).request_redirect
    assert found == api.HTTPRequestRedirectFilter(
        scheme=None, hostname="", path=None, port=None, status_code=302
    )


@pytest.mark.parametrize(
    ("status", "valid"), [(301, True), (308, True), (300, False), (304, False)]
)
def test_statuses_of_redirects(status: int, valid: bool) -> None:
    body = {"type": "RequestRedirect", "requestRedirect": {"statusCode": status}}
    if valid:
        assert only(**body).request_redirect is not None
    else:
        path = fault(api.HTTPRoute, spec={"rules": [{"filters": [body]}]})[1]
        assert path == "spec.rules[0].filters[0].requestRedirect.statusCode"


def test_an_empty_prefix_is_not_an_absent_one() -> None:
    body = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}}
    found = only(type="URLRewrite", urlRewrite=body).url_rewrite
    assert found is not None
    assert found.path == api.HTTPPathModifier(
        type="ReplacePrefixMatch", replace_prefix_match="", replace_full_path=None
    )


def test_a_mirror_copies_everything_by_default() -> None:
    body = {"backendRef": {"name": "s", "port": 1}}
    found = only(type="RequestMirror", requestMirror=body).request_mirror
    assert found is not None
    assert (found.percent, found.fraction) == (None, None)


def test_every_type_of_filter_is_known_to_the_table_of_filters() -> None:
    from portway.core import filters

    known = {kind.type for kind in filters.ORDER}
    assert set(get_args(api.HTTPFilterType)) == known


def test_external_authorisation_sends_no_body_by_default() -> None:
    auth = {"protocol": "GRPC", "backendRef": {"name": "s", "port": 1}, "grpc": {}}
    found = only(type="ExternalAuth", externalAuth=auth).external_auth
    assert found is not None
    assert found.forward_body is None
    assert api.ForwardBodyConfig().max_size == 0
