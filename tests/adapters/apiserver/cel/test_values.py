"""Values as rules see them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.cel.language import compiled
from portway.adapters.apiserver.cel.values import in_cel, name_in_cel


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("size", "size"),
        ("namespace", "__namespace__"),
        ("a-b", "a__dash__b"),
        ("x.y/z", "x__dot__y__slash__z"),
        ("a__b", "a__underscores__b"),
        ("1st", None),
        ("$ref", None),
    ],
)
def test_names_of_fields(name: str, wanted: str | None) -> None:
    assert name_in_cel(name) == wanted


NAMES = st.text("ab_.-/", min_size=1, max_size=8)


@given(st.sets(NAMES, max_size=20))
def test_no_two_names_become_one(names: set[str]) -> None:
    found = [each for each in map(name_in_cel, names) if each is not None]
    assert len(found) == len(set(found))


def seen(rule: str, value: Any, **schema: Any) -> Any:
    return compiled(rule).run(in_cel({"a": value}, {"properties": {"a": schema}}))


def test_the_schema_says_what_a_value_is() -> None:
    assert seen("self.a / 2.0 == 1.5", 3, type="number")
    assert seen("self.a / 2 == 1", 3, type="integer")
    before = "self.a < timestamp('2021-01-01T00:00:00Z')"
    assert seen(before, "2020-01-01T00:00:00Z", format="date-time")
    assert seen("self.a == duration('3723.5s')", "1h2m3.5s", format="duration")
    assert seen("self.a == duration('-90s')", "-1m30s", format="duration")
    assert seen("self.a == b'hi'", "aGk=", format="byte")
    for form in ("date-time", "duration", "byte"):
        assert seen("self.a == 'x y'", "x y", format=form)
    assert seen("self.a[0] == 1.0", [1], items={"type": "number"})
    assert seen("self.a['x-y'] == 1.0", {"x-y": 1}, additionalProperties={"type": "number"})


def test_fields_that_the_schema_does_not_have_cannot_be_seen() -> None:
    value = {"a": 1, "other": 2}
    assert in_cel(value, {"properties": {"a": {}}}) == {"a": 1}
    assert in_cel(value, {}) == value
