"""How errors are told."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.api import FieldError, InvalidResource
from portway.core.api.errors import printable, shown


def test_an_invalid_resource_names_object_field_rule_and_cure() -> None:
    errors = (
        FieldError("spec.a", "some-rule", "is wrong", "make it right"),
        FieldError("", "other-rule", "is odd", "make it even"),
    )
    error = InvalidResource("Gateway", "infra", "edge", errors)
    assert str(error) == (
        "Gateway infra/edge: spec.a: is wrong; make it right (some-rule); "
        "document: is odd; make it even (other-rule)"
    )


@given(st.text(st.characters()))
def test_what_is_shown_fits_on_a_line(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text).encode().decode() == printable(text)


def test_text_is_quoted_and_cut() -> None:
    assert shown("a\n") == r'"a\n"'
    assert shown(7) == "7"
    assert shown("a" * 100) == '"' + "a" * 60 + '..."'
