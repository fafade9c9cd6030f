"""What the Envoys of one Gateway refuse, with several Gateways and several control planes.

Must not import the product.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.wire.harness import ports, refused
from tests.wire.harness.manifests import Document, backend, http_route, rule
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition
from tests.wire.harness.proxy import Proxy, until
from tests.wire.test_controller import Counted, named
from tests.wire.test_embedded_api import PATHS, asked, create
from tests.wire.test_remote_proxies import HOSTS, Site, site

pytestmark = pytest.mark.envoy

REFUSED = "envoy refused a configuration"


def bad(name: str, gateway: str = "web") -> Document:
    """A route that every check passes and Envoy does not."""
    rules = [rule(backend(f"{gateway}-app"), matches=[refused.huge_match()])]
    return http_route(name, gateway, rules, hostnames=[f"{name}.example.com"])


async def accepted(made: Site, name: str) -> tuple[str, str]:
    """What stands in the API: status and reason of the condition."""
    found = (await made.http.get(f"{PATHS['HTTPRoute']}/{name}")).json().get("status", {})
    for parent in found.get("parents", ()):
        for each in parent["conditions"]:
            if each["type"] == "Accepted":
                return each["status"], each["reason"]
    return "", ""


async def is_refused(made: Site, name: str, seconds: float = 20.0) -> None:
    async def so() -> bool:
        return await accepted(made, name) == ("False", "RejectedByProxy")

    await until(so, seconds)


async def serves(address: str, host: str, seconds: float = 10.0) -> None:
    async def so() -> bool:
        return await asked(address, host) == 200

    await until(so, seconds)


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Site, Portway, Proxy]]:
    """One control plane that writes, another one, and a proxy of `web` at the latter alone."""
    async with Origin("app") as origin, site(folder, origin) as made:
        await made.secret("web")
        port = ports.free_port()
        second = made.made("second", port, folder_of(made))
        async with second, await made.proxy("web", port=port) as web:
            await web.ready()
            await made.becomes("web", "True")
            yield made, second, web


def folder_of(made: Site) -> Path:
    """The kubeconfig that its controller has."""
    path = made.controller._kubeconfig
    assert path is not None
    return path


async def test_the_one_that_writes_knows_what_is_refused_elsewhere(tmp_path: Path) -> None:
    async with two(tmp_path) as (made, second, _):
        address = await made.controller.address("web")
        counted = Counted(address, HOSTS["web"])
        async with counted.asking():
            await create(made.http, bad("bad"))
            await create(made.http, named("good", "good.example.com", "web-app"))
            await is_refused(made, "bad")
            await serves(address, "good.example.com")
            assert REFUSED in second.log
            assert REFUSED not in made.controller.log
            # What was written into the object is no change of it, and no reason to try it again.
            told = second.log.count(REFUSED)
            await asyncio.sleep(1.5)
            assert second.log.count(REFUSED) == told
            await made.becomes("web", "True")
            found = await made.http.get(f"{PATHS['Gateway']}/web")
            assert condition(found.json()["status"], "Programmed") == "True"
            # Mended, it is served, and nobody remembers.
            path = f"{PATHS['HTTPRoute']}/bad"
            document = (await made.http.get(path)).json()
            document["spec"]["rules"][0]["matches"] = [
                {"path": {"type": "PathPrefix", "value": "/"}}
            ]
            assert (await made.http.put(path, json=document)).status_code == 200
            await serves(address, "bad.example.com")

            async def mended() -> bool:
                return await accepted(made, "bad") == ("True", "Accepted")

            await until(mended)
        assert counted.answers == {200: counted.total}


async def test_who_begins_anew_does_not_send_it_again(tmp_path: Path) -> None:
    async with two(tmp_path) as (made, second, _):
        await create(made.http, bad("bad"))
        await is_refused(made, "bad")
        told = second.log.count(REFUSED)
        assert told
        await second.kill()
        # As a pod that is replaced: it has no folder of its own.
        (second.data / "refused.json").unlink()
        await second.start()
        await made.becomes("web", "True")
        address = await made.controller.address("web")
        await create(made.http, named("late", "late.example.com", "web-app"))
        await serves(address, "late.example.com")
        await asyncio.sleep(1.0)
        assert second.log.count(REFUSED) == told
        assert await accepted(made, "bad") == ("False", "RejectedByProxy")
        assert any(
            each["object"] == "HTTPRoute default/bad" for each in (await second.status())["refused"]
        )


@asynccontextmanager
async def proxies_of_both(folder: Path) -> AsyncIterator[tuple[Site, Proxy]]:
    """A proxy of each of the two Gateways, at one control plane; the proxy is that of `other`."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin("app"))
        made = await stack.enter_async_context(site(folder, origin))
        for name in HOSTS:
            proxy = await stack.enter_async_context(await made.proxy(name))
            await proxy.ready()
            await made.becomes(name, "True")
        yield made, proxy


async def test_what_one_gateway_refuses_delays_no_other(tmp_path: Path) -> None:
    async with proxies_of_both(tmp_path) as (made, _):
        address = await made.controller.address("other")
        counted = Counted(address, HOSTS["other"])
        async with counted.asking():
            for number in range(3):
                await create(made.http, bad(f"bad-{number}"))
                late = http_route(
                    f"late-{number}",
                    "other",
                    [rule(backend("other-app"))],
                    hostnames=[f"late-{number}.example.com"],
                )
                await create(made.http, late)
                await serves(address, f"late-{number}.example.com", 5.0)
            for number in range(3):
                await is_refused(made, f"bad-{number}")
        assert counted.answers == {200: counted.total}
        assert await made.programmed("other") == "True"
