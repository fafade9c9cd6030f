"""From findings to conditions."""

from portway.core.model import Finding, ObjectKey
from portway.core.status.condition import abnormal, condition, positive

KEY = ObjectKey("HTTPRoute", "a", "r")


def finding(condition: str, reason: str, message: str, status: bool = False) -> Finding:
    return Finding(KEY, "", condition, reason, message, status)


def test_nothing_against_it_is_true() -> None:
    assert positive("Accepted", (), 4, "Accepted", "fine") == {
        "type": "Accepted",
        "status": "True",
        "observedGeneration": 4,
        "reason": "Accepted",
        "message": "fine",
    }


def test_the_first_fault_gives_the_reason_and_all_are_told_once() -> None:
    faults = (
        finding("ResolvedRefs", "BackendNotFound", "one."),
        finding("Accepted", "UnsupportedValue", "other."),
        finding("ResolvedRefs", "InvalidKind", "two."),
        finding("ResolvedRefs", "InvalidKind", "two."),
    )
    found = positive("ResolvedRefs", faults, 1, "ResolvedRefs", "fine")
    assert (found["status"], found["reason"], found["message"]) == (
        "False",
        "BackendNotFound",
        "one. two.",
    )


def test_a_note_is_told_while_nothing_is_wrong() -> None:
    note = finding("Accepted", "ListenersNotValid", "some.", True)
    fault = finding("Accepted", "InvalidParameters", "bad.")
    assert positive("Accepted", (note,), 1, "Accepted", "fine")["status"] == "True"
    assert positive("Accepted", (note,), 1, "Accepted", "fine")["reason"] == "ListenersNotValid"
    remark = finding("Accepted", "Accepted", "no effect.", True)
    both = positive("Accepted", (remark, note), 1, "Accepted", "fine")
    assert (both["reason"], both["message"]) == ("ListenersNotValid", "no effect. some.")
    both = positive("Accepted", (note, fault), 1, "Accepted", "fine")
    assert (both["status"], both["message"]) == ("False", "bad.")


def test_a_condition_of_negative_polarity_is_absent_unless_true() -> None:
    assert abnormal("PartiallyInvalid", (finding("PartiallyInvalid", "X", "m"),), 1) == ()
    (found,) = abnormal("PartiallyInvalid", (finding("PartiallyInvalid", "X", "m", True),), 1)
    assert found["status"] == "True"


def test_a_message_fits_the_limit_of_the_api() -> None:
    assert len(condition("Accepted", False, "X", "x" * 40000, 1)["message"]) == 32768
