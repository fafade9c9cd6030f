"""Proxies that come over the network: when they can, and as whom. See also tests/wire."""

import asyncio

import pytest

from portway.adapters.admin.metrics import Metrics
from portway.adapters.identity import gateway_name
from portway.adapters.xds import Caller
from portway.adapters.xds.call import RefusedError
from portway.app import proxies
from portway.app.identity import Identity
from portway.core.schema import Schema
from tests.adapters.kube.secrets import Secrets


def test_a_caller_is_whose_proxy_its_certificate_says() -> None:
    assert proxies._owner(Caller(names=(gateway_name("shop/web"),))) == "shop/web"
    for names in ((), ("spiffe://elsewhere/x",)):
        with pytest.raises(RefusedError):
            proxies._owner(Caller(names=names))


async def test_it_is_settled_when_it_listens_and_has_what_to_say(schema: Schema) -> None:
    server, told = Secrets(), list[str]()
    plane = proxies.Proxies(
        Identity(server.client(), "gw", "xds"),
        ("127.0.0.1", 0),
        schema,
        Metrics(),
        post=lambda _: None,
        changed=lambda state, _: told.append(state),
    )
    server.away = True
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(plane.run())
        await asyncio.sleep(0.05)
        assert not plane.settled
        # The API server may come as late as it likes, and until then it can be ended too.
        server.away = False
        await asyncio.sleep(0.2)
        # Nobody is let in to wait: who finds no control plane begins with what was kept.
        assert not plane.settled
        plane.begin()
        while not plane.settled:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert told == ["ready"]
        assert plane.entrance.port
        assert not plane.quiet()
        assert plane.taken("shop/web") is None
        part = plane.resources.part("shop/web")
        assert plane.taken("shop/web") is part
        await plane.stop()
    await plane.close()


async def test_it_ends_while_it_waits_for_the_authority(schema: Schema) -> None:
    server = Secrets()
    server.away = True
    identity = Identity(server.client(), "gw", "xds")
    plane = proxies.Proxies(
        identity, ("127.0.0.1", 0), schema, Metrics(), lambda _: None, lambda _, __: None
    )
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(plane.run())
        await asyncio.sleep(0.05)
        await plane.stop()
    await plane.close()
