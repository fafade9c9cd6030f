"""Names that are those of GEP-1762 where they can be, and names of Services always."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.infra import generated_name, label_value

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,120}[a-z0-9])?", fullmatch=True)


def test_a_name_is_that_of_the_gateway_and_its_class() -> None:
    assert generated_name("web", "portway") == "web-portway"


@pytest.mark.parametrize(
    ("gateway", "begins"),
    [("a.b", "a-b-portway-"), ("1st", "gw-1st-portway-"), ("g" * 80, "g" * 54 + "-")],
)
def test_what_is_no_name_of_a_service_is_made_one(gateway: str, begins: str) -> None:
    found = generated_name(gateway, "portway")
    assert re.fullmatch(re.escape(begins) + "[0-9a-f]{8}", found)


@given(NAMES, NAMES)
def test_every_name_fits_and_tells_gateways_apart(one: str, other: str) -> None:
    for name in (one, other):
        found = generated_name(name, "portway")
        assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", found)
        assert len(label_value(name)) <= 63
    if one != other:
        assert generated_name(one, "portway") != generated_name(other, "portway")
        assert label_value(one) != label_value(other)
