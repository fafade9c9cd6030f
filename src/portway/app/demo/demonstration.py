"""The demo from start to end: backends, manifests, instance, lines to try.

Knows the order; knows nothing of routing. `check` runs the printed lines itself and ends with 0
only if every one of them showed what it should.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from importlib import resources
from pathlib import Path
from string import Template

from portway.adapters.admin import log
from portway.app import standalone
from portway.app.demo.tries import TRIES
from portway.app.sample import Backends, SampleBackend
from portway.app.settings import Settings
from portway.core import model

_GATEWAY = model.ObjectKey("Gateway", "default", "entrance")
_PORTS = range(8080, 8100)
SITE = "site.yaml"


def run(settings: Settings, manifests: Path, check: bool = False) -> int:
    """Serve the demo until a signal comes (or until it has checked itself). Returns the exit
    status: 0, 1 when a line did not show what it should, 2 when it cannot run here."""
    log.set_up(settings.log_level)
    status = 0
    with standalone.explained() as failure:
        status = asyncio.run(_demonstrate(settings, manifests, check))
    return failure.status or status


async def _demonstrate(settings: Settings, manifests: Path, check: bool) -> int:
    services = ("shop", "shop-next", "model")
    async with Backends([SampleBackend(each) for each in services]) as backends:
        _write(manifests, backends)
        failed: list[str] = []

        async def live(instance: standalone.Instance) -> None:
            address = _address(instance)
            if check:
                failed.extend(await asyncio.to_thread(_check, address))
                instance.stop()
            else:
                print(_welcome(address, manifests), flush=True)

        await standalone.serve(settings, live)
    return 1 if failed else 0


def _write(manifests: Path, backends: Backends) -> None:
    """The site with the backends' addresses. Written anew at every start, since the backends
    take new ports then; edits last for as long as the demo runs."""
    manifests.mkdir(parents=True, exist_ok=True)
    template = Template(resources.files("portway.app.demo").joinpath(SITE).read_text())
    (manifests / SITE).write_text(
        template.substitute(
            port=_free_port(),
            shop=backends.endpoint("shop"),
            shop_next=backends.endpoint("shop-next"),
            model=backends.endpoint("model"),
        )
    )


def _free_port() -> int:
    """The first port from 8080 on that nobody has taken for all addresses."""
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.80.0.1", port))
            except OSError:
                continue
            return port
    return _PORTS.start


def _address(instance: standalone.Instance) -> str:
    placement = instance.loop.core.inputs.placements.get(_GATEWAY)
    gateway = instance.loop.core.gateways.get((_GATEWAY.namespace, _GATEWAY.name))
    if placement is None or gateway is None or not placement.addresses:
        return "no address; see portway status --name demo"
    return f"{placement.addresses[0]}:{placement.bound(gateway.listeners[0].port)}"


def _welcome(address: str, manifests: Path) -> str:
    port = address.rpartition(":")[2]
    lines = ["", f"Portway serves {manifests / SITE} on http://{address}", "", "Try:", ""]
    for each in TRIES:
        lines += [f"  # {each.title}", f"  {each.line(address)}", ""]
    lines += [
        "Look:",
        "",
        f"  {_command()} status --name demo",
        f"  {_command()} explain http://shop.example.com:{port}/cart --name demo",
        "",
        f"Edit {manifests / SITE} and ask again. Ctrl-C ends the demo.",
        "",
    ]
    if not shutil.which("curl"):
        lines.insert(3, "(curl is not installed here; apt-get install curl, or any HTTP client)\n")
    return "\n".join(lines)


def _command() -> str:
    """What to type for `portway` in this shell: its path, unless it is on the PATH."""
    return "portway" if shutil.which("portway") else os.path.relpath(sys.argv[0])


def _check(address: str) -> list[str]:
    failed = []
    for each in TRIES:
        try:
            answer = each.run(address)
        except (OSError, subprocess.SubprocessError) as error:
            answer = f"{type(error).__name__}: {error}"
        missing = each.missing(answer)
        print(f"{'FAILED' if missing else 'ok':7}{each.line(address)}", flush=True)
        if missing:
            print(f"       does not show {', '.join(missing)}; the answer was:\n{answer}")
            failed.append(each.title)
    print(f"{len(TRIES) - len(failed)} of {len(TRIES)} lines show what they should")
    return failed
