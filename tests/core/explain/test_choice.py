"""Which name wins."""

import pytest

from portway.core.explain import choice


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "a.b.example.com"),
        ("x.b.example.com", "*.b.example.com"),
        ("x.y.example.com", "*.example.com"),
        ("example.com", "*"),
        ("other.org", "*"),
    ],
)
def test_the_most_specific_name_wins(host: str, domain: str) -> None:
    names = ["*", "*.example.com", "*.b.example.com", "a.b.example.com"]
    assert choice.best(names, host) == domain


def test_a_wildcard_does_not_cover_its_own_suffix() -> None:
    assert choice.best(["*.example.com"], "example.com") is None


def test_losing_candidates_keep_their_reason() -> None:
    found = choice.candidates([("any", ""), ("one", "a.example.com")], "a.example.com")
    assert [(each.name, each.chosen) for each in found] == [("one", True), ("any", False)]
    assert found[1].reason == "takes any host, but is less specific"
