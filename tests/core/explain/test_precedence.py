"""Why one of two entries goes first, in words; the words agree with the order itself."""

import pytest

from portway.core import model
from portway.core.explain import precedence

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
PREFIX = model.PathMatch("PathPrefix", "/a")


def entry(match: model.Match, name: str = "a", index: int = 0) -> model.HostRoute:
    rule = model.Rule(index, (match,), model.Forward())
    return model.HostRoute(model.ObjectKey("HTTPRoute", "shop", name), rule, match)


@pytest.mark.parametrize(
    ("winner", "loser", "words"),
    [
        (
            model.Match(model.PathMatch("Exact", "/")),
            model.Match(model.PathMatch("RegularExpression", "/long.*")),
            "an Exact path",
        ),
        (model.Match(model.PathMatch("PathPrefix", "/a/b")), model.Match(PREFIX), "longer path"),
        (
            model.Match(PREFIX, "GET"),
            model.Match(PREFIX, headers=(model.HeaderMatch("x", "1"),) * 3),
            "with a method",
        ),
        (
            model.Match(PREFIX, headers=(model.HeaderMatch("x", "1"),)),
            model.Match(PREFIX, queries=(model.QueryMatch("q", "1"),) * 3),
            "more headers",
        ),
        (
            model.Match(PREFIX, queries=(model.QueryMatch("q", "1"),)),
            model.Match(PREFIX),
            "more query parameters",
        ),
        (
            model.Match(PREFIX, grpc=model.GRPCMethod()),
            model.Match(model.PathMatch("Exact", "/a/b")),
            "GRPCRoute goes before",
        ),
        (
            model.Match(PREFIX, grpc=model.GRPCMethod(True, False)),
            model.Match(PREFIX, grpc=model.GRPCMethod(False, True)),
            "with a service",
        ),
        (
            model.Match(PREFIX, grpc=model.GRPCMethod(True, True)),
            model.Match(PREFIX, grpc=model.GRPCMethod(True, True, False)),
            "before a RegularExpression",
        ),
    ],
)
def test_the_step_that_decides_is_named(
    winner: model.Match, loser: model.Match, words: str
) -> None:
    assert winner.rank() < loser.rank()
    assert words in precedence.reason(entry(winner), entry(loser, "b"), (NEW, OLD))


def test_equal_matches_of_one_route_go_by_rule() -> None:
    found = precedence.reason(entry(model.Match()), entry(model.Match(), index=1), (OLD, OLD))
    assert "the earlier rule of the same route" in found


def test_equal_matches_of_two_routes_go_by_age_and_then_by_name() -> None:
    first, second = entry(model.Match()), entry(model.Match(), "b")
    assert precedence.reason(first, second, (OLD, NEW)) == (
        f"the older route goes first ({OLD} before {NEW})"
    )
    assert "no creation time before" in precedence.reason(first, second, ("", NEW))
    assert "alphabetical order" in precedence.reason(first, second, (OLD, OLD))
