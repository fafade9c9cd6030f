"""The precedence of the spec: exact path, longest path, method, most headers, most parameters."""

import itertools

from portway.core import model

# Each wins over all that follow (HTTPRoute, rules.matches).
ORDER = (
    model.Match(model.PathMatch("Exact", "/a")),
    model.Match(model.PathMatch("RegularExpression", "/a.*b")),
    model.Match(model.PathMatch("RegularExpression", "/a")),
    model.Match(model.PathMatch("PathPrefix", "/a/long/one")),
    model.Match(
        model.PathMatch("PathPrefix", "/a"),
        "GET",
        (model.HeaderMatch("x", "1"),),
    ),
    model.Match(model.PathMatch("PathPrefix", "/a"), "GET"),
    model.Match(
        model.PathMatch("PathPrefix", "/a"),
        headers=(model.HeaderMatch("x", "1"), model.HeaderMatch("y", "1")),
    ),
    model.Match(
        model.PathMatch("PathPrefix", "/a"),
        headers=(model.HeaderMatch("x", "1"),),
        queries=(model.QueryMatch("q", "1"),) * 3,
    ),
    model.Match(model.PathMatch("PathPrefix", "/a"), headers=(model.HeaderMatch("x", "1"),)),
    model.Match(model.PathMatch("PathPrefix", "/a"), queries=(model.QueryMatch("q", "1"),)),
    model.Match(model.PathMatch("PathPrefix", "/a")),
    model.Match(),
)


def test_each_match_wins_over_those_below_it() -> None:
    for winner, loser in itertools.combinations(ORDER, 2):
        assert winner.rank() < loser.rank(), (winner, loser)


def test_a_match_that_says_nothing_takes_every_path() -> None:
    assert model.Match() == model.Match(model.PathMatch("PathPrefix", "/"), "", (), ())


def test_equal_demands_rank_equal_whatever_they_ask_for() -> None:
    first = model.Match(model.PathMatch("Exact", "/a"), "GET")
    second = model.Match(model.PathMatch("Exact", "/b"), "PUT")
    assert first.rank() == second.rank()


def grpc(service: bool, method: bool, headers: int = 0, exact: bool = True) -> model.Match:
    names = tuple(model.HeaderMatch(f"x-{number}", "1") for number in range(headers))
    asked = model.GRPCMethod(service, method, exact)
    return model.Match(model.PathMatch("Exact", "/a/b"), headers=names, grpc=asked)


# Each wins over all that follow (GRPCRoute, rules.matches), and the last over any HTTPRoute.
GRPC_ORDER = (
    grpc(True, True, 1),
    grpc(True, True),
    grpc(True, True, exact=False),
    grpc(True, False, 3),
    grpc(True, False, exact=False),
    grpc(False, True, 3),
    grpc(False, True),
    grpc(False, False, 1),
    grpc(False, False),
    ORDER[0],
)


def test_matches_of_grpc_have_an_order_of_their_own_and_come_first() -> None:
    for winner, loser in itertools.combinations(GRPC_ORDER, 2):
        assert winner.rank() < loser.rank(), (winner, loser)
