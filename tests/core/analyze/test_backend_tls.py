"""What is wrong with policies about backends is told, whether anybody uses them or not."""

from typing import Any

from portway.core import model

POLICY = model.ObjectKey("BackendTLSPolicy", "apps", "tls")


def test_what_stops_a_policy_is_an_error_and_a_remark_is_none(board: Any, check: Any) -> None:
    stops = model.Finding(POLICY, "", "Accepted", "Conflicted", f"{POLICY}: another comes first")
    remark = model.Finding(POLICY, "", "Accepted", "Accepted", f"{POLICY}: options", True)
    board.policies = {model.TLSPolicy(POLICY, 1, "", ()): (stops, remark)}
    found = check("{}")
    assert [each.message for each in found["PW044"]] == ["another comes first"]
    assert [each.message for each in found["PW099"]] == ["options"]


def test_so_is_what_stops_a_backend_with_demands_of_its_own(board: Any, check: Any) -> None:
    key = model.ObjectKey("XBackend", "apps", "outside")
    endpoint = model.Endpoint("a.example.com", 443)
    stops = model.Finding(key, "", "Accepted", "NoValidCACertificate", f"{key}: nobody to trust")
    remark = model.Finding(key, "", "Accepted", "Accepted", f"{key}: one of two is lost", True)
    board.external_backends = [
        model.External(key, 1, endpoint, "", findings=(each,)) for each in (stops, remark)
    ]
    found = check("{}")
    assert [each.message for each in found["PW044"]] == ["nobody to trust"]
    assert [each.message for each in found["PW099"]] == ["one of two is lost"]


def test_a_good_policy_is_not_mentioned(board: Any, check: Any) -> None:
    board.policies = {model.TLSPolicy(POLICY, 1, "", ()): ()}
    assert not {"PW044", "PW099"} & set(check("{}"))
