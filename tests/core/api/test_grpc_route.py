"""A GRPCRoute: no match is every request, and an absent name is every name."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def rule(**body: Any) -> api.GRPCRouteRule:
    (found,) = decoded(api.GRPCRoute, spec={"rules": [body]}).spec.rules
    return found


def test_no_rules_are_no_rules() -> None:
    """Unlike HTTPRoute, whose CRD fills one in."""
    assert decoded(api.GRPCRoute, spec={}).spec.rules == ()
    assert rule().matches == ()


def test_a_method_match_is_exact_and_may_leave_one_name_open() -> None:
    (match,) = rule(matches=[{"method": {"service": "a.B"}}]).matches
    assert match.method == api.GRPCMethodMatch(type="Exact", service="a.B", method=None)


def test_a_backend_is_a_service_of_weight_one() -> None:
    (backend,) = rule(backendRefs=[{"name": "s", "port": 1}]).backend_refs
    assert (backend.group, backend.kind, backend.weight, backend.filters) == ("", "Service", 1, ())


@pytest.mark.parametrize("filter_type", ["URLRewrite", "RequestRedirect", "CORS"])
def test_filters_of_http_routes_do_not_exist_here(filter_type: str) -> None:
    spec = {"rules": [{"filters": [{"type": filter_type}]}]}
    assert fault(api.GRPCRoute, spec=spec)[1] == "spec.rules[0].filters[0].type"


def test_a_metadata_value_may_have_blanks_and_tabs() -> None:
    (match,) = rule(matches=[{"headers": [{"name": "a", "value": "b\tc "}]}]).matches
    assert match.headers[0].value == "b\tc "
