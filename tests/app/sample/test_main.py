"""The command that serves a folder's backends, started as a reader would start it."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from portway.app.sample.__main__ import main


def manifest(port: int) -> str:
    return (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"
        f"  annotations: {{portway.dev/endpoints: '127.0.0.1:{port}'}}\n"
        "spec: {ports: [{port: 80}]}\n"
    )


async def test_it_says_what_it_serves_and_ends_when_interrupted(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    (tmp_path / "site.yaml").write_text(manifest(port))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "portway.app.sample", str(tmp_path), "--page", "web"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = await process.stdout.readline()
        assert line.decode() == f"default/web on 127.0.0.1:{port} (page)\n"
        async with httpx.AsyncClient(verify=False) as client:
            assert "Server name:" in (await client.get(f"http://127.0.0.1:{port}/")).text
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_a_folder_without_backends_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no Service with loopback endpoints" in capsys.readouterr().err


def test_a_taken_port_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "site.yaml").write_text(manifest(taken.getsockname()[1]))
        assert main([str(tmp_path)]) == 1
    assert "cannot listen" in capsys.readouterr().err
