"""What is not said about a rule is not the same as what is said to be nothing."""

from portway.core import model

KEY = model.ClusterKey("Service", "shop", "cart", 80, "http")
ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")


def test_no_timeout_is_not_a_timeout_of_zero() -> None:
    """None leaves our default, 0 disables (GEP-1742)."""
    assert model.Timeouts() == model.Timeouts(None, None)
    assert model.Timeouts() != model.Timeouts(0.0, 0.0)


def test_an_invalid_share_is_not_a_share_that_is_missing() -> None:
    """The invalid one answers 500 for its weight; a missing one leaves everything to the rest."""
    good = model.Share(1, KEY)
    assert model.Forward((good, model.Share(1, None))) != model.Forward((good,))


def test_a_rule_retries_once_if_it_retries() -> None:
    assert model.Retry().attempts == 1
    assert model.Rule(0, (), model.Forward()).retry is None


def test_equal_rules_of_different_routes_are_different_entries() -> None:
    rule = model.Rule(0, (model.Match(),), model.Forward())
    other = model.ObjectKey("HTTPRoute", "shop", "other")
    found = {model.HostRoute(each, rule, model.Match()) for each in (ROUTE, other, ROUTE)}
    assert len(found) == 2
