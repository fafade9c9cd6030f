"""Host names against a brute-force oracle: the set of all hosts of a small alphabet."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.translate.hostname import (
    breadth,
    covers,
    domain,
    exact,
    intersection,
    narrowed,
    specificity,
)

LABELS = ("a", "b")
HOSTS = [".".join(labels) for size in (1, 2, 3, 4) for labels in product(LABELS, repeat=size)]
NAMES = st.sampled_from(
    ["*", *(h for h in HOSTS if h.count(".") < 3), *(f"*.{h}" for h in HOSTS if h.count(".") < 2)]
)


def hosts(name: str) -> set[str]:
    if name == "*":
        return set(HOSTS)
    if name.startswith("*."):
        return {host for host in HOSTS if host.endswith(name[1:]) and host != name[1:]}
    return {name}


@given(NAMES, NAMES)
def test_covers_means_superset(one: str, other: str) -> None:
    assert covers(one, other) == (hosts(one) >= hosts(other))


@given(NAMES, NAMES)
def test_intersection_is_the_common_hosts(one: str, other: str) -> None:
    common = intersection(one, other)
    assert (hosts(common) if common else set()) == hosts(one) & hosts(other)


@given(NAMES, NAMES)
def test_a_strictly_smaller_set_of_hosts_is_more_specific(one: str, other: str) -> None:
    if hosts(one) < hosts(other):
        assert specificity(one) > specificity(other)


def test_a_wildcard_does_not_cover_its_own_suffix() -> None:
    assert not covers("*.a.com", "a.com")
    assert covers("*.a.com", "x.y.a.com")
    assert not covers("*.a.com", "xa.com")


def test_a_domain_is_in_lower_case_and_any_is_a_star() -> None:
    assert domain("A.Com") == "a.com"
    assert domain("") == "*"


def test_an_exact_domain_is_one_host() -> None:
    assert exact("a.com")
    assert not exact("*.a.com")
    assert not exact("*")


@pytest.mark.parametrize(
    ("asked", "name", "wanted"),
    [
        ((), "a.com", ""),
        (("a.com", "*.com"), "a.com", ""),
        (("*.com",), "a.com", "*.com"),
        (("*.com", "*.a.com"), "b.a.com", "*.a.com"),
        (("*",), "a.com", "*"),
        (("*",), "*", ""),
        (("b.com",), "a.com", ""),
    ],
)
def test_what_a_domain_was_narrowed_from(asked: tuple[str, ...], name: str, wanted: str) -> None:
    assert narrowed(asked, name) == wanted


def test_a_host_by_its_name_comes_before_what_was_narrowed() -> None:
    order = ["", "*.b.a.com", "*.com", "*"]
    assert sorted(order, key=breadth) == order
    assert len({breadth(each) for each in order}) == 4
