"""The DNS server that says who asked."""

import struct

import pytest

from tests.conformance.harness.dns import answer

NAME = b"\x03foo\x03bar\x03com\x00"
QUERY = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + NAME + b"\x00\x01\x00\x01"


@pytest.mark.parametrize(
    ("client", "kind", "data"),
    [("10.244.0.1", 1, b"\x0a\xf4\x00\x01"), ("::1", 28, b"\x00" * 15 + b"\x01")],
)
def test_the_clients_address_is_the_extra_record(client: str, kind: int, data: bytes) -> None:
    said = answer(QUERY, client)
    assert said is not None
    number, flags, *counts = struct.unpack_from("!HHHHHH", said)
    assert (number, flags, counts) == (7, 0x8500, [1, 0, 0, 1])
    assert said[12:] == QUERY[12:] + NAME + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


def test_what_is_no_query_gets_no_answer() -> None:
    assert answer(b"", "10.0.0.1") is None
    assert answer(struct.pack("!HHHHHH", 7, 0x8000, 1, 0, 0, 0), "10.0.0.1") is None


@pytest.mark.parametrize("cut", [QUERY[:13], QUERY[:-1], QUERY[:12] + b"\xc0" + QUERY[13:]])
def test_a_broken_question_is_refused(cut: bytes) -> None:
    said = answer(cut, "10.0.0.1")
    assert said is not None
    assert said[2:] == struct.pack("!HHHHH", 0x8005, 0, 0, 0, 0)
