"""TokenLimit: what is said of it, and that Envoy takes what is made of it. What it does is in
tests/wire/test_token_limit.py."""

from typing import Any

import msgspec
import pytest

from portway.core import api, filters, model
from portway.core.api.grpc_route import GRPCRouteFilter
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference
from portway.core.filters import endpoint_picker, token_limit, usage
from portway.core.filters.external_auth import NAME as AUTH
from portway.core.schema import Schema

PREFIX = "envoy.extensions.filters.http.lua.v3."
FREE = model.TokenLimit(
    "shop/free",
    (
        model.Budget(100, 3600, "Total", ("authorization", "x-tenant")),
        model.Budget(9, 60, "Completion"),
    ),
)


def nothing_resolves(_: BackendObjectReference) -> filters.Problem:
    raise AssertionError("no backend is asked for here")


def found(name: str) -> api.TokenLimit | None:
    by = [{"header": "Authorization"}, {"header": "X-Tenant"}]
    document = {
        "apiVersion": "portway.dev/v1alpha1",
        "kind": "TokenLimit",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "limits": [
                {"tokens": 100, "per": "Hour", "by": by},
                {"tokens": 9, "per": "Minute", "count": "Completion"},
            ]
        },
    }
    limit = api.decode(document)
    assert isinstance(limit, api.TokenLimit)
    return limit if name == "free" else None


PLACE = filters.Place("rules[0].filters[0]", ("/",), nothing_resolves, found)


def read(place: filters.Place = PLACE, route: Any = HTTPRouteFilter, **ref: str) -> Any:
    whole = {"group": "portway.dev", "kind": "TokenLimit", "name": "free", **ref}
    document = {"type": "ExtensionRef", "extensionRef": whole}
    return filters.from_spec(msgspec.convert(document, route), place)


def test_times_are_in_seconds_and_headers_in_lower_case() -> None:
    assert read() == FREE


def test_one_that_is_not_there_is_a_reference_that_leads_nowhere() -> None:
    problem = read(name="none")
    assert (problem.condition, problem.reason) == ("ResolvedRefs", "ExtensionNotFound")
    assert problem.fatal
    assert "TokenLimit none" in problem.message


@pytest.mark.parametrize(
    ("place", "route", "ref", "words"),
    [
        (PLACE, HTTPRouteFilter, {"kind": "Auth"}, "kind Auth (portway.dev)"),
        (PLACE, HTTPRouteFilter, {"group": "x.io"}, "kind TokenLimit (x.io)"),
        (PLACE._replace(token_limit=None), HTTPRouteFilter, {}, "move it there"),
        (PLACE, GRPCRouteFilter, {}, "move it there"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_a_cure(
    place: filters.Place, route: Any, ref: dict[str, str], words: str
) -> None:
    problem = read(place, route, **ref)
    assert (problem.condition, problem.reason) == ("Accepted", "UnsupportedValue")
    assert problem.fatal
    assert words in problem.message


def draft() -> filters.Draft:
    return filters.Draft({}, {}, str)


def test_envoy_takes_it_and_tokens_are_read(schema: Schema) -> None:
    made = draft()
    filters.apply([FREE], made)
    settings = made.outer["typed_per_filter_config"]
    assert settings.keys() == {token_limit.NAME, usage.NAME}
    config = {key: each for key, each in settings[token_limit.NAME].items() if key != "@type"}
    assert schema.violations(f"{PREFIX}LuaPerRoute", config) == ()
    first, second = config["filter_context"]["budgets"]
    assert first["headers"] == ["authorization", "x-tenant"]
    assert "headers" not in second
    assert (second["tokens"], second["seconds"], second["count"]) == (9, 60, "completion")


def test_several_of_a_rule_all_count() -> None:
    made = draft()
    other = model.TokenLimit("shop/other", (model.Budget(1, 60),))
    filters.apply([FREE, other], made)
    budgets = made.outer["typed_per_filter_config"][token_limit.NAME]["filter_context"]["budgets"]
    names = [each["name"] for each in budgets]
    assert len(set(names)) == 3
    assert [name.removeprefix(f"{token_limit.NAME}.")[:9] for name in names] == [
        "shop/free",
        "shop/free",
        "shop/othe",
    ]


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (FREE.budgets[0], "100 tokens each hour for each authorization and x-tenant"),
        (FREE.budgets[1], "9 completion tokens each minute"),
    ],
)
def test_a_budget_in_words(budget: model.Budget, words: str) -> None:
    assert token_limit.words(budget) == words


def test_it_stands_behind_who_may_ask_and_before_who_is_asked() -> None:
    """Whoever is refused for who they are spends nothing, and no picker hears of a refused one."""
    names = [each["name"] for each in filters.http_filters()]
    assert names.index(AUTH) < names.index(token_limit.NAME) < names.index(endpoint_picker.NAME)
    assert names.index(token_limit.NAME) < names.index(usage.NAME)
