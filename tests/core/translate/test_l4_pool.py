"""Shares become groups of endpoints: exact, whatever the endpoints have in common."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import model, translate
from portway.core.translate.l4_pool import MOST, grouped
from tests.core.translate.layer4 import SERVICES, backend, places, ref, route


def pool(world: Any, *refs: dict[str, Any]) -> model.L4Pool:
    world.edge({"name": "t", "port": 1, "protocol": "TCP"})
    world.add(SERVICES)
    if refs:
        route(world, "TCPRoute", *refs)
    (place,) = places(world).values()
    found = translate.l4_pool(place, world)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("refs", "weights", "refused"),
    [
        ((), [], 0),
        ((ref("app", 70),), [70], 0),
        ((ref("app", 70), ref("absent", 30)), [70], 30),
        ((ref("app", 70), ref("empty", 30)), [70], 30),  # no endpoint: its part is nobody else's
        ((ref("app", 70), ref("absent", 0)), [70], 0),
        ((ref("absent", 1), ref("empty", 1)), [], 0),
        ((ref("app", 0),), [], 0),
        ((ref("app", 1), ref("pair", 1), ref("absent", 2)), [3, 1], 4),
        ((ref("app", 1), ref("app", 1)), [2], 0),
    ],
)
def test_parts(
    world: Any, refs: tuple[dict[str, Any], ...], weights: list[int], refused: int
) -> None:
    found = pool(world, *refs)
    assert [each.weight for each in found.groups] == weights
    assert found.refused == refused
    assert found.discovery is model.Discovery.LISTED


def test_a_name_makes_the_whole_pool_one_of_names(world: Any) -> None:
    found = pool(world, backend("named", 2), ref("app", 1))
    assert found.discovery is model.Discovery.NAMED
    ends = {end.address for each in found.groups for end in each.endpoints}
    assert ends == {"db.internal", "10.0.0.1"}


def test_a_server_name_without_a_route_needs_no_pool(world: Any) -> None:
    gateway = model.ObjectKey("Gateway", "infra", "edge")
    nobody = model.L4Place(model.L4Key(gateway, 443, "TLS", "*"))
    assert translate.l4_pool(nobody, world) is None


ENDS = st.lists(st.integers(1, 6), min_size=1, max_size=6, unique=True)
SHARES = st.lists(st.tuples(st.integers(1, 1_000_000), ENDS), min_size=1, max_size=4)


@given(SHARES, st.integers(0, 1_000_000))
def test_every_endpoint_gets_what_its_shares_give_it(
    shares: list[tuple[int, list[int]]], refused: int
) -> None:
    made = [
        (
            weight,
            model.ClusterKey("Service", "n", f"s{number}", 80, "tcp"),
            tuple(model.Endpoint("10.0.0.1", each) for each in sorted(ends)),
        )
        for number, (weight, ends) in enumerate(shares)
    ]
    groups, turned_away = grouped(made, refused)
    total = sum(each.weight for each in groups) + turned_away
    assert total <= MOST
    assert all(each.weight for each in groups)
    listed = [end for each in groups for end in each.endpoints]
    assert len(listed) == len(set(listed))
    wanted: dict[model.Endpoint, Fraction] = defaultdict(Fraction)
    whole = sum(weight for weight, _, _ in made) + refused
    for weight, _, ends in made:
        for each in ends:
            wanted[each] += Fraction(weight, whole * len(ends))
    for group in groups:
        for end in group.endpoints:
            given_ = Fraction(group.weight, total * len(group.endpoints))
            assert abs(given_ - wanted[end]) < Fraction(1, 10**8)
    assert abs(Fraction(turned_away, total) - Fraction(refused, whole)) < Fraction(1, 10**8)
