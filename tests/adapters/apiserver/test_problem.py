"""Status documents, as clients match on them."""

from portway.adapters.apiserver import problem
from tests.adapters.apiserver.support import kind, store

ROUTES = kind(store(), "httproutes")
SPACES = kind(store(), "namespaces")


def test_not_found_names_the_resource_with_its_group() -> None:
    status = problem.not_found(ROUTES, "app").status()
    assert status["message"] == 'httproutes.gateway.networking.k8s.io "app" not found'
    assert status["details"] == {
        "name": "app",
        "group": "gateway.networking.k8s.io",
        "kind": "httproutes",
    }
    assert (status["code"], status["reason"], status["status"]) == (404, "NotFound", "Failure")


def test_core_kinds_have_no_group() -> None:
    status = problem.already_exists(SPACES, "shop").status()
    assert status["message"] == 'namespaces "shop" already exists'
    assert "group" not in status["details"]


def test_invalid_lists_its_causes() -> None:
    causes = [
        problem.Cause("spec.a", "Invalid value: 1"),
        problem.Cause("spec.b", "Required value"),
    ]
    status = problem.invalid(ROUTES, "app", causes).status()
    assert status["message"].startswith(
        'HTTPRoute.gateway.networking.k8s.io "app" is invalid: [spec.a'
    )
    assert [each["field"] for each in status["details"]["causes"]] == ["spec.a", "spec.b"]


def test_apply_conflicts_are_counted() -> None:
    one = problem.apply_conflict([('conflict with "x" using v1', ".spec.a")])
    assert one.message == 'Apply failed with 1 conflict: conflict with "x" using v1: .spec.a'
    two = problem.apply_conflict([("x", ".a"), ("y", ".b")])
    assert two.message.startswith("Apply failed with 2 conflicts: ")


def test_forbidden_and_expired_carry_their_codes() -> None:
    assert problem.forbidden(SPACES, "default", "no").code == 403
    assert (problem.expired("old").code, problem.expired("old").reason) == (410, "Expired")
    assert problem.success(SPACES, "a", "u")["details"]["uid"] == "u"
