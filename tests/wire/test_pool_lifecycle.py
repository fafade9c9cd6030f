"""Pools and pickers come and go: what is under way is not disturbed, in any shape of table."""

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from portway.core.schema import Schema
from tests.wire import pools, seeds
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.manifests import backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import Picker
from tests.wire.harness.portway import Portway
from tests.wire.harness.websocket_echo import websocket_echo
from tests.wire.pools import asked, client, picker_service, pool, site, to

pytestmark = pytest.mark.envoy


async def test_a_pool_comes_and_goes_and_no_listener_notices(
    tmp_path: Path, schema: Schema
) -> None:
    async with (
        Origin("a") as a,
        Picker(schema) as picker,
        websocket_echo() as echo,
        Portway(tmp_path) as portway,
    ):
        picker.picks = a.endpoint
        plain = [service("a", a.endpoint), service("echo", echo.endpoint)]
        open_ = [
            http_route("a", "web", [rule(backend("a"))], hostnames=["a.test"]),
            http_route("echo", "web", [rule(backend("echo"))], hostnames=["echo.test"]),
        ]
        portway.write("open", [pools.gateway(), *plain, *open_])
        web = await client(portway, "default/a", "default/echo")
        envoy = EnvoyAdmin(portway.data)
        changes = "(filter_chains_draining|listeners_draining|listener_manager.listener_|drain_cl)"
        before = await envoy.stats(changes)
        address, port = await seeds.where(portway, pools.GATEWAY, 8080)
        async with (
            web,
            connect("ws://echo.test/", host=address, port=port) as socket,
            asyncio.TaskGroup() as group,
        ):
            held = group.create_task(web.get("/hold", headers={"host": "a.test"}))
            await a.held.acquire()
            models = [pool("llama", "epp", a.endpoint), picker_service("epp", picker.endpoint)]
            for mode in ("FailClose", "FailOpen"):
                models[0] = pool("llama", "epp", a.endpoint, mode=mode)
                portway.write("models", [*site(to("llama"))[1:], *models])
                await seeds.serving(portway, [pools.GATEWAY], [pools.ROUTE])

                async def live() -> bool:
                    return await asked(web) == (200, "a")

                await portway.until(live, "the pool's route serves")
                before_asking = len(picker.seen)
                assert await asked(web) == (200, "a")
                assert await asked(web, "GET") == (200, "a")
                assert len(picker.seen) == before_asking + 2
                await socket.send(mode)
                assert await socket.recv() == mode
                portway.remove("models")

                async def gone() -> bool:
                    return (await asked(web))[0] == 404

                await portway.until(gone, "the pool's route is gone")
            a.released.set()
            assert (await held).json()["service"] == "a"
            await socket.send("still")
            assert await socket.recv() == "still"
        assert await envoy.stats(changes) == before


@pytest.mark.parametrize("options", [("--scopes-from", "0"), ("--scopes-from", "1000000")])
async def test_hosts_in_scopes_ask_their_pickers_and_nobody_elses(
    tmp_path: Path, schema: Schema, options: tuple[str, str]
) -> None:
    """A host that is found at once, one that is a wildcard, and one that nobody has."""
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as one,
        Picker(schema) as two,
        Portway(tmp_path, options=options) as portway,
    ):
        one.picks, two.picks = a.endpoint, b.endpoint
        documents = [
            pools.gateway(),
            pool("one", "one", a.endpoint, b.endpoint),
            pool("two", "two", a.endpoint, b.endpoint),
            picker_service("one", one.endpoint),
            picker_service("two", two.endpoint),
            service("b", b.endpoint),
            http_route("exact", "web", [rule(to("one"))], hostnames=["one.test"]),
            http_route("wild", "web", [rule(to("two"))], hostnames=["*.two.test"]),
            http_route("plain", "web", [rule(backend("b"))], hostnames=["*.plain.test"]),
        ]
        portway.write("site", documents)
        routes = ("default/exact", "default/wild", "default/plain")
        async with await client(portway, *routes) as web:
            for method in ("GET", "POST"):
                for host, found in {
                    "one.test": (200, "a"),
                    "ONE.test:80": (200, "a"),
                    "x.two.test": (200, "b"),
                    "x.plain.test": (200, "b"),
                    "nobody.test": (404, ""),
                }.items():
                    assert await asked(web, method, headers={"host": host}) == found, host
        assert (len(one.seen), len(two.seen)) == (4, 2)


async def test_a_session_and_a_picker_cannot_both_decide(tmp_path: Path, schema: Schema) -> None:
    async with Origin("a") as a, Picker(schema) as picker, Portway(tmp_path) as portway:
        picker.picks = a.endpoint
        kept = {"sessionPersistence": {"sessionName": "kept"}}
        service = picker_service("epp", picker.endpoint)
        portway.write("site", [*site(to("llama"), **kept), pool("llama", "", a.endpoint), service])
        async with await client(portway) as web:
            answer = await web.get("/")
            assert (answer.status_code, "kept" in answer.cookies) == (200, True)
            portway.write(
                "site", [*site(to("llama"), **kept), pool("llama", "epp", a.endpoint), service]
            )
            await seeds.until_route(portway, pools.ROUTE, "Accepted", "UnsupportedValue")

            async def refused() -> bool:
                return (await asked(web, "GET"))[0] == 500

            await portway.until(refused, "the rule answers 500")
        status = await portway.object_status("HTTPRoute", "models")
        said = " ".join(each["message"] for each in status["parents"][0]["conditions"])
        assert "endpointPickerRef" in said
        assert picker.seen == []
