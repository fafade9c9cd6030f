"""One rule: its parts, and what becomes of one that cannot be honoured."""

from typing import Any

import msgspec
import pytest

from portway.core import api, filters, model
from portway.core.translate.rule import Outcome, route_rule

APP = model.ClusterKey("Service", "apps", "app", 80, "http")
WRONG = filters.Problem("ResolvedRefs", "BackendNotFound", "no such Service")


def resolve(ref: api.BackendObjectReference, _: str) -> model.ClusterKey | filters.Problem:
    return WRONG if ref.name == "wrong" else APP._replace(name=ref.name)


def outcome(**spec: Any) -> Outcome:
    return route_rule(msgspec.convert(spec, api.HTTPRouteRule), 2, resolve)


def made(**spec: Any) -> model.Rule:
    rule, problems, refusals = outcome(**spec)
    assert rule is not None
    assert (problems, refusals, rule.broken) == ((), (), "")
    return rule


REWRITE = {"type": "URLRewrite", "urlRewrite": {"hostname": "x.com"}}
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"statusCode": 301}}
SET = {
    "type": "RequestHeaderModifier",
    "requestHeaderModifier": {"set": [{"name": "X-A", "value": "1"}]},
}
EXTENSION = {"type": "ExtensionRef", "extensionRef": {"group": "x.io", "kind": "K", "name": "n"}}
AUTH: dict[str, Any] = {
    "type": "ExternalAuth",
    "externalAuth": {"protocol": "HTTP", "backendRef": {"name": "auth", "port": 80}},
}


def mirror(name: str) -> dict[str, Any]:
    return {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": name, "port": 80}}}


def test_an_empty_rule_matches_everything_and_has_no_backend() -> None:
    for rule in (made(), made(matches=[])):
        assert rule.index == 2
        assert rule.matches == (model.Match(),)
        assert rule.action == model.Forward(())


def test_shares_keep_their_weights_and_invalid_ones_stay() -> None:
    refs = [
        {"name": "a", "port": 80, "weight": 0},
        {"name": "wrong", "port": 80, "weight": 3},
        {"name": "b", "port": 80, "filters": [SET]},
    ]
    rule, problems, refusals = outcome(backendRefs=refs)
    assert rule is not None
    a, wrong, b = rule.action.shares
    assert (a.weight, wrong.weight, b.weight) == (0, 3, 1)
    assert wrong.backend is None
    assert isinstance(b.filters[0], model.RequestHeaders)
    assert problems == (WRONG,)
    assert refusals == ()
    assert rule.broken == ""


def test_a_redirect_stands_beside_the_other_filters() -> None:
    response = {
        "type": "ResponseHeaderModifier",
        "responseHeaderModifier": {"remove": ["x-secret"]},
    }
    rule = made(filters=[response, REDIRECT])
    assert rule.redirect == model.Redirect(status=301)
    assert [type(each) for each in rule.filters] == [model.ResponseHeaders]


def test_limits_and_names() -> None:
    rule = made(
        name="slow",
        timeouts={"request": "1m30s", "backendRequest": "0s"},
        retry={"codes": [503, 500, 503], "attempts": 3, "backoff": "100ms"},
    )
    assert rule.name == "slow"
    assert rule.timeouts == model.Timeouts(90.0, 0.0)
    assert rule.retry == model.Retry((500, 503), 3, 0.1)
    assert made().timeouts == model.Timeouts()
    assert made(retry={}).retry == model.Retry()
    assert made(retry={"attempts": 0}).retry is None


@pytest.mark.parametrize(
    ("spec", "reason", "words"),
    [
        ({"filters": [EXTENSION]}, "UnsupportedValue", "rules[2].filters[0]"),
        (
            {"sessionPersistence": {"idleTimeout": "1m"}},
            "UnsupportedValue",
            "rules[2].sessionPersistence.idleTimeout",
        ),
        ({"filters": [REWRITE, REDIRECT]}, "IncompatibleFilters", "rules[2].filters"),
    ],
)
def test_a_rule_that_cannot_be_honoured_stays_and_answers_500(
    spec: dict[str, Any], reason: str, words: str
) -> None:
    refs = [{"name": "a", "port": 80}] if "RequestRedirect" not in str(spec) else []
    rule, problems, (refusal,) = outcome(**spec, backendRefs=refs)
    assert rule is not None
    assert rule.broken == refusal.message
    assert rule.redirect is None
    assert rule.matches == (model.Match(),)
    assert refusal.reason == reason
    assert words in refusal.message
    assert problems == ()


def test_an_auth_service_that_is_missing_breaks_its_rule_and_is_told_as_a_reference() -> None:
    gone = {**AUTH, "externalAuth": {**AUTH["externalAuth"], "backendRef": {"name": "wrong"}}}
    rule, problems, refusals = outcome(filters=[gone], backendRefs=[{"name": "a", "port": 80}])
    assert rule is not None
    assert rule.broken == WRONG.message
    assert problems == (WRONG,)
    assert refusals == ()
    share = {"name": "a", "port": 80, "filters": [gone]}
    rule, problems, _ = outcome(backendRefs=[share])
    assert rule is not None
    assert rule.action.shares == (model.Share(1, None),)
    assert problems == (WRONG,)


def test_a_service_and_that_of_the_rule_around_it_are_not_both_asked() -> None:
    share = {"name": "a", "port": 80, "filters": [AUTH]}
    rule, (problem,), refusals = outcome(filters=[AUTH], backendRefs=[share])
    assert rule is not None
    assert rule.action.shares == (model.Share(1, None),)
    assert problem.reason == "UnsupportedValue"
    assert (rule.broken, refusals) == ("", ())
    (twice,) = outcome(filters=[AUTH, AUTH]).refusals
    assert twice.message.startswith("rules[2].filters: ")


def test_an_unreadable_match_breaks_its_rule_and_leaves_the_others_matched() -> None:
    bad = {"path": {"type": "RegularExpression", "value": "("}}
    good = {"path": {"value": "/a"}}
    rule, _, (refusal,) = outcome(matches=[bad, good])
    assert rule is not None
    assert [each.path.value for each in rule.matches] == ["/a"]
    assert rule.broken == refusal.message
    assert refusal.message.startswith("rules[2].matches[0].path: ")
    assert outcome(matches=[bad]).rule is None


def test_a_mirror_that_leads_nowhere_is_dropped_alone() -> None:
    rule, problems, refusals = outcome(filters=[mirror("wrong"), mirror("copy")])
    assert rule is not None
    assert [each.backend.name for each in rule.filters if isinstance(each, model.Mirror)] == [
        "copy"
    ]
    assert [each.reason for each in problems] == ["BackendNotFound"]
    assert refusals == ()


def test_a_filter_of_a_backend_that_cannot_be_honoured_fails_that_share_only() -> None:
    refs = [{"name": "a", "port": 80, "filters": [EXTENSION]}, {"name": "b", "port": 80}]
    rule, (problem,), refusals = outcome(backendRefs=refs)
    assert rule is not None
    assert [each.backend is None for each in rule.action.shares] == [True, False]
    assert "rules[2].backendRefs[0].filters[0]" in problem.message
    assert refusals == ()
