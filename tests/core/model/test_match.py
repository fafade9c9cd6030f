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
