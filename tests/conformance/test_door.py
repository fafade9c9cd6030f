"""The way from the Pods to the API."""

import asyncio
import json
from pathlib import Path

from tests.conformance.harness import door


async def test_what_goes_in_comes_out_and_the_kubeconfig_leads_there(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read(100)).upper())
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": "x"}
    config = {"clusters": [{"name": "portway", "cluster": cluster}]}
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    async with server, door.opened(tmp_path, "127.0.0.9") as kubeconfig:
        (found,) = json.loads(kubeconfig)["clusters"]
        assert found["cluster"] == {
            "server": f"https://127.0.0.9:{port}",
            "tls-server-name": "127.0.0.1",
            "certificate-authority-data": "x",
        }
        reader, writer = await asyncio.open_connection("127.0.0.9", port)
        writer.write(b"hello")
        assert await asyncio.wait_for(reader.read(), 10) == b"HELLO"
        writer.close()
