"""Routes on which bodies are read: where they stand, and how few there are."""

from portway.core import model, render
from portway.core.filters import cors, model_name
from portway.core.model import HeaderMatch
from portway.core.render import named, names
from portway.core.render.named import Json
from portway.core.schema import Schema
from tests.core.render.cases import host, prefix, route, share

ROUTE = "envoy.config.route.v3.Route"


def asks(name: str, path: str = "/", *more: HeaderMatch, grpc: bool = False) -> model.Match:
    headers = (*more, HeaderMatch(model_name.HEADER, name))
    asked = model.GRPCMethod() if grpc else None
    return model.Match(prefix(path).path, headers=headers, grpc=asked)


def test_only_what_goes_by_the_model_is_read() -> None:
    tenant = HeaderMatch("x-tenant", "t")
    assert named.unnamed(prefix("/a")) is None
    assert named.unnamed(asks("m", grpc=True)) is None
    rest = named.unnamed(asks("m", "/a", tenant))
    assert rest == model.Match(prefix("/a").path, headers=(tenant,))


def test_what_asks_alike_is_read_once() -> None:
    matches = [asks("a", "/v1"), asks("b", "/v1"), prefix("/v1"), asks("a"), asks("c"), prefix("/")]
    found = list(named.readings(matches))
    assert found == [prefix("/v1"), None, None, prefix("/"), None, None]


def test_the_route_asks_for_all_but_the_model_and_for_a_body_that_nobody_has_read(
    schema: Schema,
) -> None:
    tenant = HeaderMatch("x-tenant", "t")
    rest = model.Match(prefix("/v1").path, "POST", (tenant,), (model.QueryMatch("q", "1"),))
    found = named.reading(rest, frozenset({"some.filter"}))
    assert schema.violations(ROUTE, found) == ()
    match = found["match"]
    assert match["path_separated_prefix"] == "/v1"
    assert [each["name"] for each in match["headers"]] == [":method", "x-tenant"]
    assert match["query_parameters"]
    assert match["dynamic_metadata"] == [model_name.unread()]
    assert found["name"] == names.READING
    assert found["typed_per_filter_config"]["some.filter"]["config"] == {}
    assert int(found["request_body_buffer_limit"]) == model_name.LOOKED_AT


def test_it_stands_right_before_the_first_that_asks_in_a_list_and_in_a_tree() -> None:
    routes = [
        route(share("a"), match=prefix("/v1/plain")),
        route(share("a"), match=asks("a", "/v1")),
        route(share("b"), match=asks("b", "/v1")),
        route(share("c"), match=prefix("/v1")),
    ]
    order = ["httproute/shop/cart/0", names.READING, *["httproute/shop/cart/0"] * 3]
    listed = render.virtual_host(host(*routes))["routes"]
    assert [each["name"] for each in listed if "refused" not in each["name"]] == order
    grown = render.virtual_host(host(*routes), tree_from=2)
    tree = grown["matcher"]["on_no_match"]["matcher"]["matcher_tree"]["prefix_match_map"]["map"]
    leaf = tree["/v1/plain"]["action"]["typed_config"]["routes"]
    assert [each["name"] for each in leaf] == order


def test_a_preflight_is_answered_whatever_the_model() -> None:
    policy = model.Cors(origins=("https://a.com",), methods=("POST",))
    listed = render.route_list(host(route(share("a"), filters=(policy,), match=asks("a"))))
    reading, preflight, own = listed
    assert reading["name"] == names.READING
    asked = [each["name"] for each in preflight["match"]["headers"]]
    assert asked == [":method", "origin", "access-control-request-method"]
    assert model_name.HEADER in [each["name"] for each in own["match"]["headers"]]


def test_filters_that_the_chosen_route_turns_on_are_there_and_no_others() -> None:
    policy = model.Cors(origins=("https://a.com",))
    weighted = (model.Share(1, share("a").backend, (policy,)), share("b"))
    for routes, wanted in (
        ([route(share("a"), match=asks("a"))], set()),
        ([route(share("a"), match=asks("a")), route(share("b"), filters=(policy,))], {cors.NAME}),
        ([route(*weighted, match=asks("a"))], {cors.NAME}),
    ):
        reading = render.route_list(host(*routes))[0]
        own = model_name.http_filter()["name"]
        assert set(reading["typed_per_filter_config"]) == {own, *wanted}


def test_routes_that_turn_on_the_same_filters_keep_one_set() -> None:
    plain: list[Json] = [{"name": number} for number in range(2)]
    asking: list[Json] = [{"typed_per_filter_config": {cors.NAME: {}, "b": {}}} for _ in range(2)]
    for alike in (plain, asking):
        one, other = (named.turned_on([each]) for each in alike)
        assert one is other
    assert named.turned_on(asking) == {cors.NAME, "b"}
    assert named.turned_on(plain) == frozenset()
