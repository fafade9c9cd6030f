"""Endpoints written as text."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.model import Endpoint
from portway.core.translate.address import canonical_ip, parse_endpoints


def test_endpoints_are_sorted_and_each_once() -> None:
    assert parse_endpoints("127.0.0.1:3001, [::1]:80,127.0.0.1:3000 ,127.0.0.1:3001") == (
        Endpoint("127.0.0.1", 3000),
        Endpoint("127.0.0.1", 3001),
        Endpoint("::1", 80),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:99999999999999",
        "127.0.0.1:٣",
        "localhost:80",
        "::1:80",
        "[127.0.0.1]:80",
        "127.0.0.1:80,",
        "[fe80::1%eth0]:80",
    ],
)
def test_anything_else_is_told_with_the_cure(text: str) -> None:
    problem = parse_endpoints(text)
    assert isinstance(problem, str)
    assert "write address:port pairs" in problem


def test_an_address_has_one_form() -> None:
    assert canonical_ip("0:0::1") == "::1"
    assert canonical_ip("fe80::1%lo") is None
    assert canonical_ip("example.com") is None


_PARTS = st.lists(st.from_regex(r"[0-9٣a]{1,4}", fullmatch=True), min_size=3, max_size=5)


@given(_PARTS.map(".".join) | st.ip_addresses(v=4).map(str))
def test_what_looks_like_an_address_of_version_4_is_one_as_the_library_has_it(text: str) -> None:
    try:
        expected: str | None = str(ip_address(text))
    except ValueError:
        expected = None
    assert canonical_ip(text) == expected


@pytest.mark.parametrize(
    "text", ["256.0.0.1", "01.2.3.4", "1.2.3.4.", "1.2.3.4\n", "1.2.3", "٣.1.1.1"]
)
def test_what_is_nearly_an_address_is_none(text: str) -> None:
    assert canonical_ip(text) is None
