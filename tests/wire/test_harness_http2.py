"""The HTTP/2 server and client against each other, and the client's freedom to send anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from websockets.frames import Frame, Opcode

from tests.wire.harness import http2, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.http2_server import Http2Server


def where(endpoint: str) -> tuple[str, int]:
    address, _, port = endpoint.rpartition(":")
    return address, int(port)


@pytest.fixture
async def server() -> AsyncIterator[Http2Server]:
    async with Http2Server() as server:
        yield server


async def test_prior_knowledge_carries_many_requests_at_once(server: Http2Server) -> None:
    async with http2.connect(*where(server.endpoint)) as connection:
        asked = (connection.get("a.example", f"/{number}") for number in range(20))
        answers = await asyncio.gather(*asked)
    told = [json.loads(answer.body) for answer in answers]
    assert [answer["path"] for answer in told] == [f"/{number}" for number in range(20)]
    assert {answer["host"] for answer in told} == {"a.example"}


async def test_tls_with_alpn(authority: Authority, tmp_path: Path) -> None:
    context = authority.certificate("h2.example").server_context(tmp_path, "h2")
    trust = authority.client_context()
    async with (
        Http2Server(tls=context) as server,
        http2.connect(*where(server.endpoint), tls=trust, sni="h2.example") as connection,
    ):
        assert (await connection.get("h2.example", "/")).status == 200


async def test_bodies_larger_than_the_windows_pass_both_ways(server: Http2Server) -> None:
    body = bytes(range(256)) * 1_000
    async with http2.connect(*where(server.endpoint)) as connection:
        answer = await connection.request(http2.pseudo("POST", "a", "/body"), body)
    assert answer.body == body


async def test_a_reset_stream_is_told_with_its_code(server: Http2Server) -> None:
    async with http2.connect(*where(server.endpoint)) as connection:
        with pytest.raises(http2.StreamResetError) as caught:
            await connection.get("a", "/reset")
        assert caught.value.code == 2
        assert (await connection.get("a", "/")).status == 200


async def test_headers_go_out_as_given_and_a_peer_may_end_the_connection(
    server: Http2Server,
) -> None:
    async with http2.connect(*where(server.endpoint)) as connection:
        with pytest.raises(http2.StreamResetError):
            await connection.get("a", "/", [("X-Upper", "case")])
    assert "X-Upper" in server.protocol_errors[0]


async def test_http1_gets_no_answer(server: Http2Server) -> None:
    async with raw.connect(*where(server.endpoint)) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert not (await connection.until_closed()).startswith(b"HTTP/1")
    assert server.protocol_errors


class TunnelServer(asyncio.Protocol):
    """The least a server of RFC 8441 is: accepts CONNECT and echoes one unmasked text frame."""

    def __init__(self) -> None:
        configuration = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.http = h2.connection.H2Connection(configuration)
        self.asked: dict[str, str] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.http.local_settings[h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL] = 1
        self.http.initiate_connection()
        transport.write(self.http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.asked.update({str(k): str(v) for k, v in event.headers or []})
                status = "200" if self.asked[":path"] == "/ws" else "403"
                self.http.send_headers(event.stream_id or 0, [(":status", status)])
            elif isinstance(event, h2.events.DataReceived) and event.data:
                payload = bytes(b ^ event.data[2 + at % 4] for at, b in enumerate(event.data[6:]))
                answer = Frame(Opcode.TEXT, payload).serialize(mask=False)
                self.http.send_data(event.stream_id or 0, answer[:1])
                self.http.send_data(event.stream_id or 0, answer[1:] + answer)
        self.transport.write(self.http.data_to_send())


async def test_extended_connect_opens_a_websocket() -> None:
    protocol = TunnelServer()
    listening = await asyncio.get_running_loop().create_server(lambda: protocol, "127.0.0.1", 0)
    async with listening:
        address, port = listening.sockets[0].getsockname()
        async with (
            http2.connect(address, port) as connection,
            connection.websocket("a.example", "/ws") as websocket,
        ):
            await websocket.send("hello")
            assert [await websocket.receive() for _ in range(2)] == ["hello", "hello"]
    assert (protocol.asked[":method"], protocol.asked[":protocol"]) == ("CONNECT", "websocket")
    assert protocol.asked["sec-websocket-version"] == "13"


async def test_a_refused_extended_connect_is_told() -> None:
    listening = await asyncio.get_running_loop().create_server(TunnelServer, "127.0.0.1", 0)
    async with listening:
        address, port = listening.sockets[0].getsockname()
        async with http2.connect(address, port) as connection:
            with pytest.raises(ConnectionRefusedError, match="403"):
                async with connection.websocket("a.example", "/other"):
                    pass
