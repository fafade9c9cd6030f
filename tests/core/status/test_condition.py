"""From findings to conditions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from portway.core.model import Finding, ObjectKey
from portway.core.status.condition import TYPES, abnormal, condition, positive

GOLDEN = Path(__file__).parents[2] / "golden"
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


def test_every_type_of_a_condition_is_known_as_ours() -> None:
    """What is not in the table would be taken for somebody else's and never go."""
    found = set()
    for file in GOLDEN.glob("*/status.yaml"):
        for status in (yaml.safe_load(file.read_text()) or {}).values():
            found |= set(types(status))
    assert found == TYPES


def types(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from types(each)
    elif isinstance(value, dict):
        if "reason" in value and "status" in value:
            yield value["type"]
        for each in value.values():
            yield from types(each)
