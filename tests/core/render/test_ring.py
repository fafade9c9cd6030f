"""Envoy's ring, worked out; tests/wire/test_pool_prompts.py has it beside a real one."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.model import Endpoint
from portway.core.render.ring import owner

FEW = [Endpoint("10.0.0.1", 8000), Endpoint("10.0.0.2", 8000), Endpoint("10.0.0.3", 8000)]


def test_nobody_owns_anything_of_an_empty_pool() -> None:
    assert owner(b"k", []) is None


@given(st.binary(max_size=50), st.permutations(FEW))
def test_the_order_does_not_matter(key: bytes, order: list[Endpoint]) -> None:
    assert owner(key, order) == owner(key, FEW)


def test_everybody_has_about_a_share() -> None:
    found = [owner(b"%d" % number, FEW) for number in range(3000)]
    assert all(700 < found.count(each) < 1300 for each in FEW)


def test_addresses_are_those_that_envoy_writes() -> None:
    """The points depend on the text, so each kind of address has a ring of its own."""
    kinds = [Endpoint("::1", 80), Endpoint("unix:/run/a", 0)]
    assert {owner(b"%d" % number, kinds) for number in range(50)} == set(kinds)
