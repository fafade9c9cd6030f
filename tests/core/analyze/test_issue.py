"""An issue takes severity and cure from its code, and names its object once."""

import random

from portway.core import model
from portway.core.analyze import CODES, issue

ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")


def test_severity_and_cure_come_with_the_code() -> None:
    found = issue("PW020", ROUTE, "", "words")
    assert (found.severity, found.cure) == (CODES["PW020"].severity, CODES["PW020"].cure)
    assert issue("PW020", ROUTE, "", "words", "create the Service cart").cure == (
        "create the Service cart"
    )


def test_the_object_is_not_named_twice() -> None:
    assert issue("PW020", ROUTE, "", f"{ROUTE}: no such Service").message == "no such Service"
    assert issue("PW020", ROUTE, "", f"{ROUTE}, rules[0]: odd").message == "rules[0]: odd"
    assert issue("PW020", ROUTE, "", "Service x: odd").message == "Service x: odd"


def test_issues_go_by_object_and_then_the_worst_first() -> None:
    other = model.ObjectKey("HTTPRoute", "shop", "other")
    expected = [
        issue("PW020", ROUTE, "", "an error"),
        issue("PW023", ROUTE, "a", "a warning"),
        issue("PW023", ROUTE, "b", "a warning"),
        issue("PW062", ROUTE, "", "information"),
        issue("PW020", other, "", "an error"),
    ]
    found = list(expected)
    random.Random(1).shuffle(found)
    assert sorted(found, key=lambda each: each.order()) == expected
