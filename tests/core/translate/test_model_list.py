"""Which models of a host are listed, and by whom clients are let in to the list."""

from typing import Any

import pytest

from portway.core import model
from portway.core.translate.model_list import MOST, listing

AUTH = model.ClusterKey("Service", "shop", "auth", 80, model.Protocol.HTTP1)
SENT = (model.Share(1, model.ClusterKey("Service", "shop", "a", 80, model.Protocol.HTTP1)),)
GUARD = model.ExternalAuth(AUTH, False)


def asks(*names: str, more: tuple[model.HeaderMatch, ...] = (), **rule: Any) -> model.Rule:
    matches = tuple(
        model.Match(headers=(model.HeaderMatch("x-gateway-model-name", each), *more))
        for each in names
    )
    return model.Rule(0, matches, model.Forward(rule.pop("shares", SENT)), **rule)


def brought(name: str, *rules: model.Rule, lists: bool = True) -> model.Contribution:
    return model.Contribution(model.ObjectKey("HTTPRoute", "shop", name), "", rules, lists=lists)


def names(*routes: model.Contribution) -> tuple[str, ...]:
    found = listing(routes)
    return () if found is None else found.rules[0].models


def test_all_routes_that_want_it_make_one_list() -> None:
    routes = [brought("b", asks("z", "a")), brought("a", asks("m"), asks("a"))]
    routes.append(brought("c", asks("hidden"), lists=False))
    assert names(*routes) == names(*reversed(routes)) == ("a", "m", "z")
    found = listing(routes)
    assert found is not None
    assert found.route.name == "a"
    (rule,) = found.rules
    assert (rule.matches[0].method, rule.matches[0].path.value) == ("GET", "/v1/models")


@pytest.mark.parametrize(
    "rule",
    [
        asks("x", shares=()),
        asks("x", shares=(model.Share(0, SENT[0].backend),)),
        asks("x", shares=(model.Share(1, None),)),
        asks("x", broken="a filter"),
        asks("x", more=(model.HeaderMatch("x-tenant", "gold"),)),
    ],
)
def test_what_nobody_gets_or_not_everybody_is_not_listed(rule: model.Rule) -> None:
    assert names(brought("a", rule)) == ()
    assert names(brought("a", rule, asks("y"))) == ("y",)


def test_expressions_are_listed_by_the_names_they_were_made_of() -> None:
    for made, wanted in ((("a", "b"), ("a", "b")), ((), ())):
        header = model.HeaderMatch("x-gateway-model-name", "a|b", "RegularExpression", made)
        rule = model.Rule(0, (model.Match(headers=(header,)),), model.Forward(SENT))
        assert names(brought("a", rule)) == wanted


def test_a_guard_of_all_models_is_one_of_the_list_and_else_what_is_guarded_is_left_out() -> None:
    found = listing([brought("a", asks("a", filters=(GUARD,)), asks("b", filters=(GUARD,)))])
    assert found is not None
    assert (found.rules[0].models, found.rules[0].filters) == (("a", "b"), (GUARD,))
    found = listing([brought("a", asks("a", filters=(GUARD,)), asks("b"))])
    assert found is not None
    assert (found.rules[0].models, found.rules[0].filters) == (("b",), ())


def test_a_list_has_an_end() -> None:
    every = [f"m{number:05}" for number in range(MOST + 1)]
    assert names(brought("a", asks(*every))) == tuple(every[:-1])
