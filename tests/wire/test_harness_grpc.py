"""The gRPC echo and client against each other."""

import json

import pytest

from tests.wire.harness.grpc_echo import GrpcFailedError, grpc_client, grpc_echo


async def test_unary_tells_what_arrived_and_brings_trailers() -> None:
    async with (
        grpc_echo("books") as echo,
        grpc_client(echo.endpoint, authority="books.example") as client,
    ):
        sent = (("x-colour", "red"), ("x-trailer", "end"))
        answer, trailers = await client.unary("/shop.Books/Get", b"42", sent)
        told = json.loads(answer)
        assert (told["service"], told["method"], told["message"]) == (
            "books",
            "/shop.Books/Get",
            "42",
        )
        assert told["metadata"]["x-colour"] == "red"
        assert ("x-trailer", "end") in trailers
        assert echo.methods == ["/shop.Books/Get"]


async def test_a_stream_brings_as_many_messages_as_asked() -> None:
    async with grpc_echo() as echo, grpc_client(echo.endpoint) as client:
        call = client.stream("/shop.Books/Stream", b"page", (("x-messages", "4"),))
        assert [message async for message in call] == [b"page 0", b"page 1", b"page 2", b"page 3"]


async def test_a_status_is_the_asked_one() -> None:
    async with grpc_echo() as echo, grpc_client(echo.endpoint) as client:
        with pytest.raises(GrpcFailedError) as caught:
            await client.unary("/shop.Books/Get", metadata=(("x-status", "5"),))
        assert caught.value.status == "NOT_FOUND"
