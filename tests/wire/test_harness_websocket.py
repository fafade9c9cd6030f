"""The independent WebSocket echo."""

import websockets

from tests.wire.harness.websocket_echo import websocket_echo


async def test_it_echoes_and_remembers_path_and_host() -> None:
    async with websocket_echo() as echo:
        async with websockets.connect(f"ws://{echo.endpoint}/chat?room=1") as connection:
            await connection.send("hello")
            assert await connection.recv() == "hello"
        assert echo.paths == ["/chat?room=1"]
        assert echo.hosts == [echo.endpoint]
