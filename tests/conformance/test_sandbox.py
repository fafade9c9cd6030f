"""A container as a process, in namespaces as a run has them."""

import subprocess
import sys

import pytest

from tests.conformance import outer
from tests.conformance.options import ROOT

TRY = """
import asyncio, pathlib, sys, tempfile
from tests.conformance.harness.container import Container
from tests.conformance.harness.network import Network
from tests.conformance.harness.sandbox import Sandbox

async def main():
    network = Network()
    await network.start()
    with tempfile.TemporaryDirectory() as name:
        made = Container("web", "image", [], {"GREETING": "hello"}, {"/etc/v/crt": b"x"})
        sandbox = Sandbox(made, network.address(), pathlib.Path(name) / "root")
        serve = (
            "import os, socket; print(os.environ['GREETING'], flush=True); "
            "s = socket.create_server(('', 3000)); s.accept(); print('met', flush=True)"
        )
        await sandbox.start(network, (sys.executable, "-c", serve), jailed=False)
        assert await sandbox.ready(10)
        assert (pathlib.Path(name) / "root/etc/v/crt").read_bytes() == b"x"
        _, writer = await asyncio.open_connection(sandbox.address, 3000)
        await asyncio.wait_for(sandbox.ended(), 10)
        writer.close()
        await asyncio.sleep(0.1)
        print([line.text for line in sandbox.lines], sandbox.running)
        await sandbox.stop()

asyncio.run(main())
"""

BESIDE = """
import asyncio, pathlib, sys, tempfile
from tests.conformance.harness.container import Container
from tests.conformance.harness.network import Network
from tests.conformance.harness.probe import Probe
from tests.conformance.harness.sandbox import Sandbox

async def main():
    network = Network()
    await network.start()
    with tempfile.TemporaryDirectory() as name:
        address, root = network.address(), pathlib.Path(name)
        boxes = []
        for port in (3000, 3001):
            made = Container(str(port), "image", [], {}, {}, Probe(port, path="/"))
            boxes.append(Sandbox(made, address, root / str(port)))
            serve = (sys.executable, "-m", "http.server", str(port))
            first = boxes[0] if port == 3001 else None
            await boxes[-1].start(network, serve, jailed=False, beside=first)
        print(await asyncio.gather(*(each.ready(20) for each in boxes)))
        deaf = Probe(3002, path="/")
        print(await deaf.passes(address), await Probe(3000, path="/no").passes(address))
        await asyncio.gather(*(each.stop() for each in boxes))

asyncio.run(main())
"""


def test_containers_of_a_pod_share_its_address_and_are_ready_when_they_say_so() -> None:
    try:
        command = outer.command([sys.executable, "-c", BESIDE])
    except outer.NamespaceError as error:
        pytest.skip(str(error))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["[True, True]", "False False"]


def test_it_is_reached_at_its_address_and_its_lines_are_kept() -> None:
    try:
        command = outer.command([sys.executable, "-c", TRY])
    except outer.NamespaceError as error:
        pytest.skip(str(error))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.strip() == "[b'hello\\n', b'met\\n'] False"
