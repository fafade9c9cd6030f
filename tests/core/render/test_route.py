"""One match of one rule as Envoy routes."""

import json
from typing import Any

import pytest

from portway.core import model
from portway.core.filters import usage
from portway.core.filters.request_redirect import Seen
from portway.core.render.route import routes
from tests.core.render.cases import (
    CASES,
    CORS,
    EDIT,
    FULL,
    INVALID,
    OPEN_CORS,
    Case,
    key,
    prefix,
    route,
    share,
)

ADDED = "response_headers_to_add"
SEEN = Seen("*", 80, "http")


def rendered(value: model.HostRoute, seen: Seen = SEEN) -> list[dict[str, Any]]:
    return routes(value, seen)


def test_a_plain_route_names_its_origin() -> None:
    assert rendered(route(share("a"), match=prefix("/cart"), name="main")) == [
        {
            "name": "httproute/shop/cart/0",
            "match": {"path_separated_prefix": "/cart"},
            "route": {"cluster": "service/shop/a/8080/http", "timeout": "0s"},
        }
    ]


@pytest.mark.parametrize(
    "value",
    [route(), route(INVALID), route(share("a", 0)), route(share("a"), broken="no such filter")],
    ids=["no shares", "all invalid", "no weight", "broken"],
)
def test_nobody_to_forward_to_is_500(value: model.HostRoute) -> None:
    (found,) = rendered(value)
    assert found["direct_response"] == {"status": 500}
    assert "route" not in found


def test_response_edits_hold_for_the_gateway_s_own_answers() -> None:
    (found,) = rendered(route(INVALID, filters=(model.ResponseHeaders(EDIT),)))
    assert found["response_headers_to_remove"] == ["x-gone"]


def test_the_host_of_a_backend_comes_after_the_host_of_its_rule() -> None:
    own = model.Rewrite("own.example")
    value = route(share("a", 1, own), share("b"), filters=(model.Rewrite("rule.example"),))
    (found,) = rendered(value)
    hosts = [
        each["host_rewrite_literal"] for each in found["route"]["weighted_clusters"]["clusters"]
    ]
    assert hosts == ["own.example", "rule.example"]
    assert "host_rewrite_literal" not in found["route"]


def test_the_last_arm_has_no_fraction() -> None:
    rewrite = model.Rewrite("", FULL)
    found = rendered(route(share("a", 1, rewrite), share("b", 1), INVALID))
    fractions = [each["match"].get("runtime_fraction") for each in found]
    assert [each and each["default_value"]["numerator"] for each in fractions] == [
        333_333,
        666_667,
        None,
    ]
    assert [next(k for k in ("route", "direct_response") if k in each) for each in found] == [
        "route",
        "route",
        "direct_response",
    ]


def test_a_mirror_of_one_backend_takes_its_part_only() -> None:
    found = rendered(route(share("a"), share("b", 1, model.Mirror(key("m"), 1, 2))))
    (policy,) = found[1]["route"]["request_mirror_policies"]
    assert policy["runtime_fraction"]["default_value"]["numerator"] == 750_000
    assert "request_mirror_policies" not in found[0]["route"]


def test_redirect_where_the_host_is_known_only_from_the_request() -> None:
    value = route(redirect=model.Redirect(scheme="https"))
    with_port, without = rendered(value)
    assert with_port["match"]["headers"][0]["name"] == ":authority"
    assert with_port["redirect"]["port_redirect"] == 443
    assert "port_redirect" not in without["redirect"]
    (exact,) = rendered(value, Seen("x.com", 80, "http"))
    assert exact["redirect"]["host_redirect"] == "x.com"


def test_preflights_of_a_method_s_rule_come_first() -> None:
    match = model.Match(method="PUT", headers=(model.HeaderMatch("x-a", "1"),))
    preflight, own = rendered(route(share("a"), match=match, filters=(CORS,)))
    names = [each["name"] for each in preflight["match"]["headers"]]
    assert names == [":method", "origin", "access-control-request-method", "x-a"]
    policy = preflight["typed_per_filter_config"]["envoy.filters.http.cors"]
    assert policy == own["typed_per_filter_config"]["envoy.filters.http.cors"]
    assert preflight["name"] == own["name"]


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (route(redirect=model.Redirect(hostname="y.com", port=81), filters=(CORS,)), "redirect"),
        (route(INVALID, filters=(CORS,)), "direct_response"),
    ],
    ids=["redirect", "nobody to forward to"],
)
def test_cors_holds_for_the_gateway_s_own_answers(value: model.HostRoute, answer: str) -> None:
    """Envoy's filter does not act on them: preflights and marks are routes of their own."""
    preflight, marked, plain = rendered(value)
    assert "route" in preflight
    assert marked[answer] == plain[answer]
    assert marked["match"]["headers"][-1]["name"] == "origin"
    told = {each["header"]["key"]: each["header"]["value"] for each in marked[ADDED]}
    assert told["access-control-allow-origin"] == "%REQ(origin)%"
    assert ADDED not in plain


def test_any_header_needs_an_answer_for_none() -> None:
    silent, own = rendered(route(share("a"), filters=(OPEN_CORS,)))
    cors = "envoy.filters.http.cors"
    assert "allow_headers" not in silent["typed_per_filter_config"][cors]
    assert own["typed_per_filter_config"][cors]["allow_headers"] == "*"


def test_cors_of_a_backend_stays_with_it_and_gets_its_preflight() -> None:
    match = model.Match(method="GET")
    preflight, own = rendered(route(share("a", 1, CORS), match=match))
    (weighted,) = own["route"]["weighted_clusters"]["clusters"]
    assert weighted["typed_per_filter_config"] == preflight["typed_per_filter_config"]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_rendering_twice_gives_equal_and_separate_plain_values(case: Case) -> None:
    for value in case.host.routes:
        first = rendered(value)
        before = json.dumps(first)
        second = rendered(value)
        _spoil(second)
        assert json.dumps(first) == before == json.dumps(rendered(value))


def _spoil(value: object) -> None:
    """Changes everything that can be changed, so that anything shared shows."""
    if isinstance(value, dict):
        for each in value.values():
            _spoil(each)
        value["spoiled"] = True
    elif isinstance(value, list):
        for each in value:
            _spoil(each)
        value.append("spoiled")


def test_bodies_are_kept_for_retries_and_for_nothing_else() -> None:
    (retried,) = rendered(route(share("a"), retry=model.Retry()))
    assert retried["request_body_buffer_limit"] == 1024 * 1024
    (plain,) = rendered(route(share("a")))
    (answered,) = rendered(route(INVALID, retry=model.Retry()))
    assert all("request_body_buffer_limit" not in each for each in (plain, answered))


def pool_share(name: str, picker: model.Picker | None = None) -> model.Share:
    key = model.ClusterKey("InferencePool", "shop", name, 0, model.Protocol.HTTP1)
    return model.Share(1, key, picker=picker)


def test_only_where_pools_go_by_prompts_are_bodies_held() -> None:
    cluster = model.ClusterKey("Service", "shop", "epp", 9002, model.Protocol.PICKER)
    picker = model.Picker(cluster, False)

    def held(*shares: model.Share) -> list[bool]:
        return ["hash_policy" in each["route"] for each in rendered(route(*shares))]

    assert held(pool_share("a")) == [True, False]
    assert held(pool_share("a"), pool_share("b")) == [True, False]
    # A picker is shown bodies as they come.
    assert held(pool_share("a"), pool_share("b", picker)) == [False]
    assert held(pool_share("b", picker)) == [False]


def test_only_answers_of_pools_are_looked_at() -> None:
    cluster = model.ClusterKey("Service", "shop", "epp", 9002, model.Protocol.PICKER)

    def counted(*shares: model.Share) -> list[bool]:
        made = rendered(route(*shares))
        return [usage.NAME in each.get("typed_per_filter_config", {}) for each in made]

    assert counted(pool_share("a")) == [True, True]
    assert counted(pool_share("a", model.Picker(cluster))) == [True]
    assert counted(share("a"), pool_share("b")) == [True, True]
    assert counted(share("a"), share("b")) == [False]
