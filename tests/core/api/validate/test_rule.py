"""How a table of rules is applied."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.api import FieldError
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("even", "add one")
def _even(number: int) -> Violations:
    return () if number % 2 == 0 else (Violation(".value", "is odd"), Violation("", "is off"))


def test_a_report_names_place_rule_and_cure() -> None:
    report = Report()
    report.apply((_even,), 2, "spec.a")
    assert report.errors == []
    report.apply((_even,), 3, "spec.a")
    report.apply((_even,), 3, "")
    assert report.errors == [
        FieldError("spec.a.value", "even", "is odd", "add one"),
        FieldError("spec.a", "even", "is off", "add one"),
        FieldError("value", "even", "is odd", "add one"),
        FieldError("", "even", "is off", "add one"),
    ]


@given(st.lists(st.integers(0, 5), max_size=8))
def test_each_repetition_is_told_with_the_entry_it_repeats(values: list[int]) -> None:
    expected = [
        Violation(f".x[{index}].name", f"repeats entry {values.index(value)}")
        for index, value in enumerate(values)
        if values.index(value) < index
    ]
    assert list(repeated(values, ".x", ".name")) == expected
