"""The command, started as a reader would start it."""

import asyncio
import signal
import socket
import sys

import httpx
import pytest

from portway.app.sample.engine.__main__ import main


async def test_it_says_what_it_serves_and_ends_when_interrupted() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "portway.app.sample.engine", "--port", "0", "--count", "2"),
        *("--name", "llama", "--model", "m", "--block-tokens", "32"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            lines = [(await process.stdout.readline()).decode().split() for _ in range(2)]
        assert [line[:2] for line in lines] == [["llama-0", "on"], ["llama-1", "on"]]
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            text = (await client.get(f"http://{lines[1][2]}/metrics")).text
        assert 'block_size="32"' in text
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_a_taken_port_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "Free the port" in capsys.readouterr().err


def test_an_impossible_engine_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--slots", "0"]) == 1
    assert "above zero" in capsys.readouterr().err
