"""A finding says that something is not so, unless its condition is one of bad news."""

import msgspec

from portway.core import model

ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")


def test_a_finding_is_against_its_condition() -> None:
    assert model.Finding(ROUTE, "", "Accepted", "Reason", "words").status is False


def test_findings_about_different_parents_are_different() -> None:
    first = model.Finding(ROUTE, "0", "Accepted", "Reason", "words")
    second = msgspec.structs.replace(first, parent="1")
    assert len({first, second, msgspec.structs.replace(second, parent="0")}) == 2
