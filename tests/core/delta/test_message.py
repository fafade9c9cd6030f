"""Messages are plain frozen values with the protocol's defaults."""

import pytest

from portway.core.delta import CDS, Ack, Nack, Request


def test_a_request_asks_for_nothing_by_default() -> None:
    request = Request(CDS)
    assert (request.subscribe, request.unsubscribe) == ((), ())
    assert (request.initial_resource_versions, request.response_nonce) == ({}, "")
    assert request.error is None


def test_messages_are_frozen_values() -> None:
    assert Ack(CDS, {"a": "1"}) == Ack(CDS, {"a": "1"}, ())
    assert Nack(CDS, {}, ("a",), "no") != Nack(CDS, {}, ("a",), "never")
    with pytest.raises(AttributeError):
        Request(CDS).error = ""  # type: ignore[misc]
