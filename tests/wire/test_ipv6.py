"""Clusters with IPv6: where proxies listen, how they are probed, how they reach the control plane.

The cluster is the API of another instance, and what gives a Service its families is the test.
Must not import the product.
"""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.wire.harness.origin import Origin
from tests.wire.harness.proxy import until
from tests.wire.test_controller import Counted
from tests.wire.test_embedded_api import asked
from tests.wire.test_provisioning import HOST, NAME, Site
from tests.wire.test_provisioning import site as provisioned
from tests.wire.test_remote_proxies import HOSTS
from tests.wire.test_remote_proxies import Site as Remote
from tests.wire.test_remote_proxies import site as remote

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]


async def get(host: str, port: int = 10080, path: str = "/") -> int:
    """The status; 0 where nobody answers."""
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            answer = await http.get(f"http://{host}:{port}{path}", headers={"host": HOST})
            return answer.status_code
    except httpx.HTTPError:
        return 0


async def reached(made: Site, *hosts: str) -> None:
    async def all_are() -> bool:
        return [await get(each) for each in hosts] == [200] * len(hosts)

    await until(all_are, 30.0)


async def test_proxies_listen_to_what_their_service_has(tmp_path: Path) -> None:
    async with provisioned(tmp_path) as made:
        await made.there("Service", "Deployment")
        assert (await made.get("Service"))["spec"]["ipFamilyPolicy"] == "PreferDualStack"
        await reached(made, "127.0.0.1")
        assert await get("[::1]") == 0
        # A cluster with both says so at once; that it becomes one later is the harder case.
        await made.patch("Service", NAME, {"spec": {"ipFamilies": ["IPv4", "IPv6"]}})
        await reached(made, "127.0.0.1", "[::1]")
        await made.give_address("2001:db8::1")
        await made.becomes(("True", "Programmed"))
        found = (await made.get("Gateway", "web"))["status"]["addresses"]
        assert found == [{"type": "IPAddress", "value": "2001:db8::1"}]
        for pod in made.kubelet.pods[NAME]:
            # One of them is enough for all that came before; the other may have just begun.
            await until(pod.ready, 30.0)
            for host in ("127.0.0.1", "[::1]"):
                assert await get(host, pod.probe, "/readyz") == 200
        # A control plane that begins again knows where they listen before it says anything.
        counted = Counted("[::1]", HOST, 10080)
        async with counted.asking():
            await made.controller.kill()
            await made.controller.start()
            await made.becomes(("True", "Programmed"))
            await asyncio.sleep(3.0)
        assert counted.answers == {200: counted.total}
        assert counted.total > 5


class ByAddress(Remote):
    """The control plane is known by an address of IPv6, and by nothing else."""

    listens = called = "[::1]"


async def test_the_control_plane_may_be_an_address_of_ipv6(tmp_path: Path) -> None:
    async with (
        Origin("app") as origin,
        remote(tmp_path, origin, ByAddress) as made,
        await made.proxy("web") as proxy,
    ):
        await proxy.ready()
        await made.becomes("web", "True")
        assert await asked(await made.controller.address("web"), HOSTS["web"]) == 200
