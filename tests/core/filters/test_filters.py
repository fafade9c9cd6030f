"""The list of filters as a whole: every type of the CRD has an answer, and the chain is fixed."""

from typing import get_args

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPFilterType, HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference, LocalObjectReference


def nothing_resolves(_: BackendObjectReference) -> filters.Problem:
    raise AssertionError("no reference is asked for here")


PLACE = filters.Place("rules[0].filters[0]", ("/",), nothing_resolves)


def test_every_type_of_the_crd_is_done_or_refused_with_a_reason() -> None:
    known = [kind.type for kind in filters.ORDER]
    assert sorted([*known, *filters.UNSUPPORTED]) == sorted(get_args(HTTPFilterType))


def test_every_filter_of_the_model_has_one_kind() -> None:
    assert {kind.model for kind in filters.ORDER} == set(get_args(model.Filter))


@pytest.mark.parametrize("kind", filters.ORDER, ids=lambda kind: kind.type)
def test_a_missing_member_is_a_problem_that_names_it(kind: filters.Kind[object]) -> None:
    found = filters.from_spec(HTTPRouteFilter(type=kind.type), PLACE)  # type: ignore[arg-type]
    assert isinstance(found, filters.Problem)
    assert found.fatal
    assert found.message.startswith("rules[0].filters[0]")
    assert f"Add {kind.type[0].lower()}{kind.type[1:]}".lower() in found.message.lower()


def test_an_extension_is_refused_and_fatal() -> None:
    ref = LocalObjectReference(group="example.com", kind="Thing", name="x")
    found = filters.from_spec(HTTPRouteFilter(type="ExtensionRef", extension_ref=ref), PLACE)
    assert isinstance(found, filters.Problem)
    assert (found.condition, found.reason, found.fatal) == ("Accepted", "UnsupportedValue", True)
    assert "answers with an error" in found.message


def test_the_chain_is_cors_then_whoever_is_asked_then_router() -> None:
    names = [each["name"] for each in filters.http_filters()]
    assert names == [
        "envoy.filters.http.cors",
        "portway.dev/external-auth",
        "envoy.filters.http.ext_proc",
        "envoy.filters.http.stateful_session",
        "envoy.filters.http.router",
    ]


def test_each_chain_is_a_fresh_one() -> None:
    first = filters.http_filters()
    first[0]["name"] = "changed"
    assert filters.http_filters()[0]["name"] == "envoy.filters.http.cors"
