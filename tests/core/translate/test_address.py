"""Endpoints written as text."""

import pytest

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
