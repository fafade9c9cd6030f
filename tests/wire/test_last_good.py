"""Proxies that start while no control plane answers: they begin with the last good configuration.

From what the controller has made, in networks of their own, with a Service in front. Must not
import the product.
"""

from pathlib import Path

import httpx
import pytest

from tests.wire.harness.apart import impossible
from tests.wire.harness.kubelet import Pod
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.proxy import until
from tests.wire.harness.service import Service
from tests.wire.test_controller import Counted, named
from tests.wire.test_embedded_api import asked, create
from tests.wire.test_provisioning import HOST, MADE, NAME, Site, site

pytestmark = pytest.mark.envoy

SNAPSHOT = f"{NAME}-snapshot"


async def kept(made: Site) -> None:
    """Returns when there is a last good configuration."""

    async def there() -> bool:
        found = await made.get("Secret", SNAPSHOT)
        return bool(found and found.get("data"))

    await until(there, 40.0)


async def answers(pod: Pod, path: str) -> bytes:
    """What a Pod says at its probes' port."""
    assert pod.apart is not None
    reader, writer = await pod.apart.connect("127.0.0.1", pod.probe)
    writer.write(f"GET {path} HTTP/1.0\r\nhost: probe\r\n\r\n".encode())
    found = await reader.read()
    writer.close()
    return found


async def clusters(pod: Pod) -> list[str]:
    """The names of those that its Envoy has."""
    socket = pod.folder / "run" / "proxy" / "envoy-admin.sock"
    transport = httpx.AsyncHTTPTransport(verify=False, uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://envoy") as admin:
        query = {"resource": "dynamic_active_clusters"}
        found = (await admin.get("/config_dump", params=query)).json()["configs"]
    return sorted(each["cluster"]["name"] for each in found)


async def stands_in(pod: Pod) -> bool:
    return b"\nportway_proxy_from_snapshot 1\n" in await answers(pod, "/metrics")


async def test_proxies_start_without_a_control_plane_and_take_up_the_next(tmp_path: Path) -> None:
    if reason := impossible():
        pytest.skip(f"proxies cannot have networks of their own: {reason}")
    service = Service()
    async with service.served(), site(tmp_path, service) as made:
        app = await made.get("Service", "app")
        endpoint = app["metadata"]["annotations"]["portway.dev/endpoints"]
        await create(made.http, service_of("old-app", endpoint))
        await create(made.http, named("old", "old.example.com", "old-app"))
        await made.there(*MADE)
        await made.give_address()
        await made.becomes(("True", "Programmed"))

        async def both() -> bool:
            return len(service.members) == 2 and await service.known()

        # One that ends leaves another only if that had begun.
        await until(both, 30.0)
        await kept(made)
        port = service.port

        async def served(host: str) -> list[int]:
            return [await asked("127.0.0.1", host, port) for _ in range(10)]

        assert await served("old.example.com") == [200] * 10
        first, second = made.kubelet.pods[NAME]
        counted = Counted("127.0.0.1", HOST, port)
        async with counted.asking():
            # In order, so that nothing under way is lost with it; then as a new Pod.
            made.kubelet.pods[NAME].remove(second)
            await made.controller.kill()
            await second.end()

            async def replaced() -> bool:
                pods = made.kubelet.pods[NAME]
                return len(pods) == 2 and all([await each.ready() for each in pods])

            await until(replaced, 60.0)
            third = made.kubelet.pods[NAME][1]
            assert await stands_in(third)
            assert not await stands_in(first)
            # Nobody is sent to the first while its container is another one.
            members, service.members = service.members, service.members[2:]
            await service.left()
            await first.restart(await made.kubelet.secrets())
            await until(first.ready, 60.0)
            service.members = members
            await service.looked()
            assert await stands_in(first)
            assert await served("old.example.com") == [200] * 10
            assert len(await clusters(first)) == 2
            # The world goes on meanwhile.
            await made.delete("HTTPRoute", "old")
            await create(made.http, named("late", "late.example.com"))
            await made.controller.start()

            async def live() -> bool:
                return await served("late.example.com") == [200] * 10

            await until(live, 60.0)
            assert await served("old.example.com") == [404] * 10
            for pod in (first, third):
                assert not await stands_in(pod)
                assert await clusters(pod) == ["service/default/app/80/http"]
        assert counted.answers == {200: counted.total}
        assert counted.total > 10
        await made.becomes(("True", "Programmed"))
