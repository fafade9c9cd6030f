"""Paths as users read them."""

from __future__ import annotations

import pytest

from portway.core.schema.problem import Fault, SchemaError, key_step, kind, spell


def test_names_indices_and_keys() -> None:
    assert spell(["a", 0, "b", key_step("x.y"), "c"]) == 'a[0].b["x.y"].c'
    assert spell([]) == ""


def test_a_fault_collects_its_path_from_the_inside_out() -> None:
    error = Fault("wrong", "leaf").at(3).at("root").error()
    assert (error.path, error.message) == ("root[3].leaf", "wrong")
    assert str(error) == "root[3].leaf: wrong"
    assert str(SchemaError("", "wrong")) == "wrong"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1.5, "the number 1.5"),
        ("x" * 50, f"the string {'x' * 40!r}"),
        ((), "a list"),
        ({}, "an object"),
        (b"", "bytes"),
    ],
)
def test_what_was_found_is_said_in_words(value: object, words: str) -> None:
    assert kind(value) == words
