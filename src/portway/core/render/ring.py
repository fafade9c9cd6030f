"""Which endpoint of a pool a key belongs to: Envoy's consistent hashing, worked out beside it.

Knows what Envoy does with the cluster that `render.pooled` describes: how many points each endpoint
has on the ring, where they are, and which one a key meets first. Must not know what a key is made
of, nor how busy anybody is: an endpoint that is over its bound is passed over, which only Envoy
knows. A test holds it against a real Envoy.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import xxhash

from portway.core import model

_LEAST_POINTS = 1024
"""Envoy's `minimum_ring_size`, which the cluster leaves as it is."""
_UNIX = "unix:"


def owner(key: bytes, endpoints: Sequence[model.Endpoint]) -> model.Endpoint | None:
    """Who gets the requests with this key while nobody has too much to do; None of none."""
    points = _points(endpoints)
    if not points:
        return None
    at = bisect_left(points, (xxhash.xxh64_intdigest(key), -1))
    return endpoints[points[at % len(points)][1]]


def _points(endpoints: Sequence[model.Endpoint]) -> list[tuple[int, int]]:
    """The ring: each point with the number of its endpoint, in order. Envoy adds the weights up as
    it goes, so that who gets one point more than another depends on the same rounding."""
    if not endpoints:
        return []
    share = 1.0 / len(endpoints)
    scale = math.ceil(share * _LEAST_POINTS) / share
    points: list[tuple[int, int]] = []
    wanted = 0.0
    for number, each in enumerate(endpoints):
        name, own = _name(each), 0
        wanted += scale * share
        while len(points) < wanted:
            points.append((xxhash.xxh64_intdigest(f"{name}_{own}".encode()), number))
            own += 1
    return sorted(points)


def _name(endpoint: model.Endpoint) -> str:
    """How Envoy writes an address."""
    if endpoint.address.startswith(_UNIX):
        return endpoint.address.removeprefix(_UNIX)
    shown = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
    return f"{shown}:{endpoint.port}"
