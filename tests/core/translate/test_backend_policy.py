"""What policies about backends have in common."""

from portway.core import api, model
from portway.core.translate.backend_policy import conflicted, precedence, unknown_targets

KEY = model.ObjectKey("XBackendTrafficPolicy", "shop", "a")


def test_the_oldest_then_the_first_by_name_and_what_is_tried_out_last() -> None:
    def policy(name: str, created: str) -> model.TrafficPolicy:
        return model.TrafficPolicy(KEY._replace(name=name), 1, created, ())

    new, first, second, tried = (
        policy("a", "2026-02-01T00:00:00Z"),
        policy("b", "2026-01-01T00:00:00Z"),
        policy("c", "2026-01-01T00:00:00Z"),
        policy("0", ""),
    )
    assert sorted([tried, new, second, first], key=precedence) == [first, second, new, tried]


def test_targets_that_no_policy_can_be_about_are_told() -> None:
    def ref(group: str, kind: str) -> api.TrafficPolicyTarget:
        return api.TrafficPolicyTarget(group=group, kind=kind, name="x")

    refs = [ref("", "Service"), ref("portway.dev", "Backend"), ref("", "Backend"), ref("", "Pod")]
    found = list(unknown_targets(KEY, refs))
    assert [each.reason for each in found] == ["TargetNotFound", "TargetNotFound"]
    assert "names Backend x of group ''" in found[0].message


def test_who_comes_first_is_named() -> None:
    found = conflicted(KEY, KEY._replace(name="b"), "Service shop/app")
    assert (found.condition, found.reason, found.status) == ("Accepted", "Conflicted", False)
    assert "XBackendTrafficPolicy shop/b is about Service shop/app as well" in found.message
