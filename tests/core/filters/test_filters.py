"""The list of filters as a whole: every type of the CRD has an answer, and the chain is fixed."""

from typing import get_args

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPFilterType, HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference, LocalObjectReference


def nothing_resolves(_: BackendObjectReference) -> filters.Problem:
    raise AssertionError("no reference is asked for here")


PLACE = filters.Place("rules[0].filters[0]", ("/",), nothing_resolves)


def test_every_type_of_the_crd_is_done() -> None:
    assert sorted(kind.type for kind in filters.ORDER) == sorted(get_args(HTTPFilterType))


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


def test_the_chain_is_the_model_then_cors_then_whoever_is_asked_then_router() -> None:
    names = [each["name"] for each in filters.http_filters()]
    assert names == [
        "portway.dev/listener-filters/0",
        "portway.dev/model-name",
        "envoy.filters.http.cors",
        "portway.dev/external-auth",
        "portway.dev/token-limit",
        "envoy.filters.http.lua",
        "envoy.filters.http.ext_proc",
        "portway.dev/usage",
        "envoy.filters.http.stateful_session",
        "envoy.filters.http.router",
    ]


def test_every_filter_of_a_listener_has_a_place_before_all_others() -> None:
    names = [each["name"] for each in filters.http_filters(3)]
    assert names[:3] == [f"portway.dev/listener-filters/{number}" for number in range(3)]
    assert names[3:] == [each["name"] for each in filters.http_filters()][1:]


def test_each_chain_is_a_fresh_one() -> None:
    first = filters.http_filters()
    first[0]["name"] = "changed"
    assert filters.http_filters()[1]["name"] == "portway.dev/model-name"
