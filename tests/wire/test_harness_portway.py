"""The wrapper around a running Portway, tried on a stand-in process instead of the product."""

import sys
from pathlib import Path

import pytest

from tests.wire.harness import manifests, processes
from tests.wire.harness.portway import Portway, PortwayError

STAND_IN = """
import http.server, json, pathlib, signal, sys
port, folder, how = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
if how == "dies":
    sys.exit("no right to bind")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
conditions = [{"type": "Programmed", "status": "True"}]
gateway = {"addresses": [{"value": "127.9.9.9"}], "conditions": conditions}
entry = {"kind": "Gateway", "namespace": "default", "name": "web", "status": gateway}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = list(folder.glob("*.yaml"))
        body = json.dumps({"objects": [entry] if there else []}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class StandIn(Portway):
    """A Portway whose command is the stand-in."""

    how = "serves"

    @property
    def command(self) -> tuple[str, ...]:
        words = (str(self.admin), str(self.folder), self.how, str(self.data / "x"))
        return (sys.executable, "-c", STAND_IN, *words)


class Dying(StandIn):
    """One that ends at once."""

    how = "dies"


def site() -> list[manifests.Document]:
    return [manifests.gateway("web", [manifests.listener("http", 8080)])]


async def test_it_waits_for_ready_and_finds_a_gateways_address(tmp_path: Path) -> None:
    async with StandIn(tmp_path / "not" / "there") as portway:
        assert await portway.object_status("Gateway", "web") is None
        portway.write("site", site())
        assert await portway.address("web") == "127.9.9.9"
        portway.remove("site")
        assert await portway.object_status("Gateway", "web") is None
        assert await portway.stop() == 3


async def test_it_can_be_killed_and_started_again(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as portway:
        first = portway.process_id
        await portway.kill()
        await portway.start()
        assert portway.process_id != first


async def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    portway = StandIn(tmp_path)

    async def fail() -> None:
        async with portway:
            assert processes.naming(portway.data) == [portway.process_id]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        await fail()
    assert processes.naming(portway.data) == []
    assert not portway.data.exists()
    assert "Portway's log" in caught.value.__notes__[0]


async def test_an_early_end_is_told_with_the_log(tmp_path: Path) -> None:
    with pytest.raises(PortwayError, match=r"ended with 1 before: ready\nno right to bind"):
        await Dying(tmp_path).__aenter__()


async def test_what_does_not_happen_is_told(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async with StandIn(tmp_path) as portway:
        with pytest.raises(PortwayError, match=r"not within 0\.05 s: the impossible"):
            await portway.until(never, "the impossible", seconds=0.05)


def test_the_command_is_the_documented_one(tmp_path: Path) -> None:
    portway = Portway(tmp_path, name="one", pool="127.1.2.0/28", options=["--once"])
    words = portway.command
    assert Path(words[0]).name == "portway"
    assert words[1:3] == ("run", str(tmp_path / "manifests"))
    pairs = dict(zip(words[3::2], words[4::2], strict=False))
    assert pairs["--address-pool"] == "127.1.2.0/28"
    assert pairs["--admin-port"] == str(portway.admin)
    assert pairs["--name"] == "one"
    assert words[-1] == "--once"
    portway.data.rmdir()
