"""Where the connections of a place go: the endpoints of its backends, each with its part.

Knows shares, and that endpoints are balanced within a group and groups by weight. Must not know how
the proxy is told. A backend without a ready endpoint keeps its part, which is then refused: it must
not be handed to its neighbours (spec: BackendRef.weight).
"""

from collections import defaultdict
from fractions import Fraction
from math import gcd, lcm

from portway.core import model
from portway.core.translate.cluster import cluster, endpoints
from portway.core.translate.world import World

MOST = 2**32 - 1
"""What the weights of a pool may add up to."""

_Ends = tuple[model.Endpoint, ...]


def l4_pool(place: model.L4Place, world: World) -> model.L4Pool | None:
    """The pool of a place; None where there is nothing a pool could be for."""
    if not place.pooled:
        return None
    named = False
    refused = 0
    first: model.Cluster | None = None
    shares: list[tuple[int, model.ClusterKey, _Ends]] = []
    for share in place.shares:
        if not share.weight:
            continue
        found = None if share.backend is None else cluster(share.backend, world)
        first = first or found
        # One pool is reached in one way: nobody gets in plain text what is to be encrypted, nor is
        # one backend held to what another has to show.
        if share.backend is None or found is None or first is None or found.tls != first.tls:
            refused += share.weight
            continue
        by_name = found.discovery is model.Discovery.NAMED
        there = found.named if by_name else endpoints(share.backend, world).endpoints
        named |= by_name
        if there:
            shares.append((share.weight, share.backend, there))
        else:
            refused += share.weight
    groups, refused = grouped(shares, refused)
    discovery = model.Discovery.NAMED if named else model.Discovery.LISTED
    tls = first.tls if first else None
    return model.L4Pool(place.key, place.route, discovery, groups, refused if groups else 0, tls)


def grouped(
    shares: list[tuple[int, model.ClusterKey, _Ends]], refused: int
) -> tuple[tuple[model.EndpointGroup, ...], int]:
    """Endpoints by the shares they belong to.

    Mostly that is one group for each share. But the proxy knows an endpoint once, so those that
    several shares have in common are groups of their own, with their part of each of them.
    """
    owners: dict[model.Endpoint, list[int]] = defaultdict(list)
    for number, (_, _, there) in enumerate(shares):
        for each in there:
            owners[each].append(number)
    members: dict[tuple[int, ...], list[model.Endpoint]] = defaultdict(list)
    for endpoint, numbers in owners.items():
        members[tuple(numbers)].append(endpoint)
    parts = {
        numbers: sum(
            (Fraction(shares[each][0] * len(found), len(shares[each][2])) for each in numbers),
            Fraction(),
        )
        for numbers, found in members.items()
    }
    counted, turned_away = _whole([*parts.values(), Fraction(refused)])
    groups = tuple(
        model.EndpointGroup(
            weight,
            tuple(dict.fromkeys(shares[each][1] for each in numbers)),
            tuple(sorted(members[numbers])),
        )
        for weight, numbers in zip(counted, parts, strict=True)
    )
    return tuple(sorted(groups, key=lambda each: each.backends)), turned_away


def _whole(parts: list[Fraction]) -> tuple[list[int], int]:
    """The parts as whole numbers in the same proportions, the last of them apart."""
    scale = lcm(*(each.denominator for each in parts))
    whole = [int(each * scale) for each in parts]
    if scale > 1:
        common = gcd(*whole)
        whole = [each // common for each in whole]
    total = sum(whole)
    if total > MOST:
        # Too fine for the proxy: the nearest it can count, and never nothing for something.
        room = MOST - len(whole)
        whole = [max(1, each * room // total) if each else 0 for each in whole]
    return whole[:-1], whole[-1]
