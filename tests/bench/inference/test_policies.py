"""Policies, one choice at a time."""

import random
from collections import Counter

import pytest

from bench.inference.policies import POLICIES, Board, Policy
from bench.inference.workload import Request

_LONG = Request("key", (("a", 640),), 10)
_CHAIN = tuple(range(10))


def _board(requests: list[int], tokens: list[int] | None = None) -> Board:
    return Board(requests, tokens or [0] * len(requests), random.Random(1), 100, 64)


def _choices(policy: Policy, times: int = 400) -> Counter[int]:
    return Counter(policy(_LONG, ()).engine for _ in range(times))


@pytest.mark.parametrize("name", ["random", "round robin", "least request"])
def test_without_load_everybody_gets_some(name: str) -> None:
    found = _choices(POLICIES[name](_board([0, 0, 0, 0])))
    assert set(found) == {0, 1, 2, 3}
    assert min(found.values()) > 60


def test_least_request_avoids_the_busy_one() -> None:
    found = _choices(POLICIES["least request"](_board([9, 0, 0, 0])))
    assert found[0] < 50  # Only when it is drawn twice: one in sixteen.


def test_hashing_is_steady_until_its_engine_has_too_much() -> None:
    board = _board([0] * 4)
    policy = POLICIES["bounded-load hashing"](board)
    (home,) = _choices(policy)
    board.requests[:] = [10] * 4
    board.requests[home] = 20
    (away,) = _choices(policy)
    assert away != home


@pytest.mark.parametrize("name", ["prefix only", "prefix and load"])
def test_the_prompt_stays_where_it_was(name: str) -> None:
    board = _board([0] * 4)
    policy = POLICIES[name](board)
    first = policy(_LONG, _CHAIN)
    again = policy(_LONG, _CHAIN)
    assert (first.tokens, again.tokens, again.engine) == (640, 1, first.engine)


@pytest.mark.parametrize(("waits", "stays"), [(1280, True), (1281, False)])
def test_it_moves_when_waiting_costs_twice_what_it_saves(waits: int, stays: bool) -> None:
    board = _board([0] * 4)
    policy = POLICIES["prefix and load"](board)
    home = policy(_LONG, _CHAIN).engine
    board.tokens[home] = waits
    assert (policy(_LONG, _CHAIN).engine == home) == stays


def test_it_moves_when_the_engine_is_far_above_its_share() -> None:
    board = _board([20] * 4)
    policy = POLICIES["prefix and load"](board)
    home = policy(_LONG, _CHAIN).engine
    board.requests[home] = 60
    assert policy(_LONG, _CHAIN).engine != home


def test_prefix_alone_never_moves() -> None:
    board = _board([0] * 4)
    policy = POLICIES["prefix only"](board)
    home = policy(_LONG, _CHAIN).engine
    board.requests[home], board.tokens[home] = 1000, 1_000_000
    assert policy(_LONG, _CHAIN).engine == home
