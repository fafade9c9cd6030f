"""What a match says when it says nothing, and which methods there are."""

from typing import Any, get_args

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def match(**body: Any) -> api.HTTPRouteMatch:
    (rule,) = decoded(api.HTTPRoute, spec={"rules": [{"matches": [body]}]}).spec.rules
    return rule.matches[0]


def test_an_empty_match_is_every_request() -> None:
    assert match() == api.HTTPRouteMatch()
    assert match().path == api.HTTPPathMatch(type="PathPrefix", value="/")
    assert match(path={"value": "/a"}).path.type == "PathPrefix"


def test_headers_and_parameters_are_exact_by_default() -> None:
    found = match(
        headers=[{"name": "a", "value": "b"}], queryParams=[{"name": "A", "value": "b c"}]
    )
    assert (found.headers[0].type, found.query_params[0].type) == ("Exact", "Exact")
    assert found.query_params[0].name == "A"


@pytest.mark.parametrize("method", get_args(api.HTTPMethod))
def test_methods(method: str) -> None:
    assert match(method=method).method == method


@pytest.mark.parametrize("method", ["get", "PROPFIND", "*", ""])
def test_other_methods_do_not_exist(method: str) -> None:
    spec = {"rules": [{"matches": [{"method": method}]}]}
    assert fault(api.HTTPRoute, spec=spec)[1] == "spec.rules[0].matches[0].method"


@pytest.mark.parametrize(
    ("part", "field"), [("headers", "headers"), ("queryParams", "query_params")]
)
def test_sixteen_of_each_are_enough(part: str, field: str) -> None:
    many = [{"name": f"a{number}", "value": "x"} for number in range(17)]
    assert len(getattr(match(**{part: many[:16]}), field)) == 16
    spec = {"rules": [{"matches": [{part: many}]}]}
    assert fault(api.HTTPRoute, spec=spec)[1] == f"spec.rules[0].matches[0].{part}"
