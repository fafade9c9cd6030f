"""A port of layer 4 that the proxy cannot have: said in its own words, and no route is blamed."""

import socket
from pathlib import Path

import pytest

from tests.wire.harness import layer4, manifests, ports
from tests.wire.harness.manifests import Document, backend, l4_route, listener, service
from tests.wire.harness.portway import Portway, condition

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "TLS"])
async def test_a_port_that_is_taken(tmp_path: Path, protocol: str) -> None:
    kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
    tls: Document = {"tls": {"mode": "Passthrough"}} if protocol == "TLS" else {}
    hostnames = ["a.test"] if protocol == "TLS" else ()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port, free = taken.getsockname()[1], ports.free_port()
        routes = [
            l4_route(
                f"{protocol}Route", name, "web", [backend("app")], hostnames=hostnames, port=port
            )
            for name in ("one", "two")
        ]
        async with (
            layer4.lines("x") as app,
            Portway(tmp_path, options=("--bind", "127.0.0.1")) as portway,
        ):
            portway.write(
                "good", [manifests.gateway("good", [listener("t", free, protocol="TCP")])]
            )
            portway.write(
                "app", [service("app", app), l4_route("TCPRoute", "t", "good", [backend("app")])]
            )
            assert await portway.address("good") == "127.0.0.1"
            bad = manifests.gateway("web", [listener("l", port, protocol=protocol, **tls)])
            portway.write("bad", [bad, *routes])

            async def told() -> bool:
                status = await portway.object_status("Gateway", "web") or {}
                said = [
                    each["message"]
                    for each in status.get("conditions", ())
                    if each["type"] == "Programmed" and each["status"] == "False"
                ]
                return any("Address already in use" in each for each in said)

            await portway.until(told, "the status has the proxy's words")
            for name in ("one", "two"):
                status = await portway.object_status(f"{protocol}Route", name)
                accepted = status["parents"][0]["conditions"][0]
                assert accepted["status"] == "True"
            assert condition(await portway.object_status("Gateway", "good"), "Programmed") == "True"
            assert await layer4.who("127.0.0.1", free) == "x"
