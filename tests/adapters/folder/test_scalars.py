"""kubectl's scalar rules, one row each; the first block was measured with kubectl itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder.scalars import (
    Scalar,
    ScalarError,
    is_merge,
    key_text,
    resolve,
    resolve_tagged,
)

MEASURED: list[tuple[str, Scalar]] = [
    ("0o17", 15),
    ("017", 15),
    ("0x1F", 31),
    ("1_000", 1000),
    ("1e3", 1000),
    ("yes", True),
    ("no", False),
    ("on", True),
    ("off", False),
    ("y", True),
    ("n", False),
    ("NO", False),
    ("True", True),
    ("12:30:00", "12:30:00"),
    ("2026-01-01", "2026-01-01"),
]

RESOLVED: list[tuple[str, Scalar]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("Y", True),
    ("YES", True),
    ("Yes", True),
    ("yEs", "yEs"),
    ("ON", True),
    ("Off", False),
    ("FALSE", False),
    ("fALSE", "fALSE"),
    ("None", "None"),
    ("0", 0),
    ("-0", 0),
    ("+7", 7),
    ("-017", -15),
    ("-0x10", -16),
    ("0b101", 5),
    ("-0b101", -5),
    ("0o8", "0o8"),
    ("08", 8),
    ("09.5", 9.5),
    ("1__0_", 10),
    ("-", "-"),
    ("+", "+"),
    ("-_", "-_"),
    (".", "."),
    ("..data", "..data"),
    ("._5", "._5"),
    (".5", 0.5),
    ("1.", 1),
    ("1.50", 1.5),
    ("-1.0", -1),
    ("1e-3", 0.001),
    ("1E+2", 100),
    ("1e400", "1e400"),
    ("1.2.3", "1.2.3"),
    ("10.0.0.1", "10.0.0.1"),
    ("1h30m", "1h30m"),
    ("100m", "100m"),
    ("0x", "0x"),
    ("9223372036854775807", 9223372036854775807),
    ("9223372036854775808", 9223372036854775808.0),
    ("-9223372036854775808", -9223372036854775808),
    ("1e18", 10**18),
    ("1e20", 1e20),
    ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
    ("<<", "<<"),
    ("=", "="),
]


@pytest.mark.parametrize(("text", "value"), MEASURED + RESOLVED)
def test_a_plain_scalar_is_what_kubectl_makes_of_it(text: str, value: Scalar) -> None:
    result = resolve(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_what_json_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ScalarError, match="not a JSON number"):
        resolve(text)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (15, "15"),
        (1.5, "1.5"),
        (1e20, "1e+20"),
    ],
)
def test_keys_become_strings(value: Scalar, key: str) -> None:
    assert key_text(value) == key


def test_a_null_key_is_refused() -> None:
    with pytest.raises(ScalarError, match="key is empty"):
        key_text(None)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "017", "017"),
        ("int", "017", 15),
        ("float", "3", 3),
        ("float", "3.5", 3.5),
        ("bool", "on", True),
        ("null", "", None),
        ("timestamp", "2026-01-01", "2026-01-01"),
        ("binary", "aGVs\n bG8=", "hello"),
    ],
)
def test_an_explicit_tag_decides(tag: str, text: str, value: Scalar) -> None:
    result = resolve_tagged("tag:yaml.org,2002:" + tag, text)
    assert result == value
    assert type(result) is type(value)


def test_a_foreign_tag_leaves_the_text_alone() -> None:
    assert resolve_tagged("!env", "yes") == "yes"


@pytest.mark.parametrize(("tag", "text"), [("int", "x"), ("bool", "1"), ("binary", "%%")])
def test_a_tag_that_does_not_fit_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ScalarError):
        resolve_tagged("tag:yaml.org,2002:" + tag, text)


def test_the_merge_key_is_one_only_when_plain_or_tagged() -> None:
    assert is_merge(None, "<<", plain=True)
    assert is_merge("tag:yaml.org,2002:merge", "<<", plain=False)
    assert not is_merge(None, "<<", plain=False)
    assert not is_merge(None, "<", plain=True)


@given(st.text(alphabet="0123456789abcdefxXoObB_+-.eEyYnN~", max_size=12))
def test_every_number_fits_json_and_64_bits(text: str) -> None:
    try:
        value = resolve(text)
    except ScalarError:
        return
    if isinstance(value, int):
        assert -(2**63) <= value < 2**63
    if isinstance(value, float):
        assert math.isfinite(value)
        assert not value.is_integer() or abs(value) >= 2**63
