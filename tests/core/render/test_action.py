"""Shares: weighted clusters, or routes of their own with cumulative fractions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portway.core import model
from portway.core.render.action import Arm, arms, destination, is_pool, looks, tells
from tests.core.render.cases import FULL, HOST_EDIT, INVALID, route, share

PATH = model.Rewrite("", FULL)


def names_of(found: tuple[Arm, ...]) -> list[tuple[tuple[int, int], list[str]]]:
    return [(arm.span, [s.backend.name if s.backend else "" for s in arm.shares]) for arm in found]


def test_weights_need_one_route() -> None:
    rule = route(share("a", 3), share("b", 1), share("c", 0)).rule
    assert names_of(arms(rule)) == [((0, 1_000_000), ["a", "b"])]


def test_a_path_rewrite_of_one_backend_gives_each_a_route() -> None:
    rule = route(share("a", 1, PATH), share("b", 2), INVALID).rule
    found = arms(rule)
    assert names_of(found) == [
        ((0, 250_000), ["a"]),
        ((250_000, 750_000), ["b"]),
        ((750_000, 1_000_000), [""]),
    ]
    assert [arm.hoisted for arm in found] == [(PATH,), (), ()]
    assert [arm.forwards for arm in found] == [True, True, False]


def test_a_single_backend_s_filter_is_hoisted_without_a_fraction() -> None:
    (arm,) = arms(route(share("a", 7, PATH, model.RequestHeaders(HOST_EDIT))).rule)
    assert arm.span == (0, 1_000_000)
    assert arm.hoisted == (PATH,)


def test_filters_of_an_invalid_backend_do_not_split_the_rule() -> None:
    rule = route(share("a"), model.Share(1, None, (PATH,))).rule
    assert len(arms(rule)) == 1


def test_a_rule_level_redirect_ignores_shares() -> None:
    redirect = model.Redirect(scheme="https")
    assert arms(route(redirect=redirect).rule) == (Arm((0, 1_000_000), (), (), redirect),)


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=16))
def test_spans_are_the_weights_and_leave_no_gap(weights: list[int]) -> None:
    rule = route(*(share(f"b{n}", weight, PATH) for n, weight in enumerate(weights))).rule
    found = arms(rule)
    total = sum(weights)
    if not total:
        assert found == (Arm((0, 1_000_000), ()),)
        return
    assert [arm.span[0] for arm in found] == [0, *(arm.span[1] for arm in found[:-1])]
    assert found[-1].span[1] == 1_000_000
    for arm in found:
        (only,) = arm.shares
        part = Fraction(arm.span[1] - arm.span[0], 1_000_000)
        assert abs(part - Fraction(only.weight, total)) <= Fraction(1, 1_000_000)


def test_one_backend_is_a_plain_cluster() -> None:
    assert destination((share("a", 5),), 500) == {"cluster": "service/shop/a/8080/http"}


def test_an_invalid_share_answers_500_and_the_others_do_not() -> None:
    assert destination((share("a", 2), INVALID), 500) == {
        "weighted_clusters": {
            "clusters": [
                {"name": "service/shop/a/8080/http", "weight": 2},
                {"name": "portway.dev/no-backend", "weight": 1},
            ]
        },
        "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
    }


def test_filters_of_a_backend_stay_with_it() -> None:
    found = destination((share("a", 1, model.RequestHeaders(HOST_EDIT)),), 500)
    assert found == {
        "weighted_clusters": {
            "clusters": [
                {
                    "name": "service/shop/a/8080/http",
                    "weight": 1,
                    "host_rewrite_literal": "inside.example",
                }
            ]
        }
    }


def test_backends_that_share_sessions_are_one_and_what_is_lost_keeps_its_part() -> None:
    pool = model.ClusterKey("HTTPRoute", "shop", "cart", 0, "http")
    rule = route(share("a", 3), share("b", 0), share("c", 1), INVALID).rule
    kept = replace(rule, session=model.Session(True, "x-a", pool=pool))
    (arm,) = arms(kept)
    assert [(each.weight, each.backend) for each in arm.shares] == [(4, pool), (1, None)]


POOL = model.ClusterKey("InferencePool", "shop", "llama", 0, "http")
EPP = model.Picker(model.ClusterKey("Service", "shop", "epp", 9002, "picker"))


def test_prompts_are_looked_at_for_pools_without_a_picker_alone() -> None:
    plain, asking = model.Share(1, POOL), model.Share(1, POOL, picker=EPP)
    service = share("a")
    assert [is_pool(each) for each in (plain, asking, service)] == [True, True, False]
    assert looks((plain, service))
    assert not looks((plain, asking))
    assert not looks((service,))


def test_who_was_picked_is_told_where_all_backends_are_pools_that_allow_it() -> None:
    told = model.Share(1, POOL, told_in="x-portway-pick")
    assert tells((told, told))
    assert not tells((told, model.Share(1, POOL)))
    assert not tells((told, share("a")))
    # Its picker tells by itself.
    assert not tells((replace(told, picker=EPP),))
