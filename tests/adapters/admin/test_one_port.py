"""One application on one port: a port of its own choice, and words for one that is taken."""

import asyncio
import socket
from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from portway.adapters.admin.one_port import OnePort
from portway.adapters.admin.server import AdminAddressError

APPLICATION = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])


async def test_any_port_is_told_and_free_again_after_the_end() -> None:
    made = OnePort("here", ("127.0.0.1", 0), APPLICATION)
    assert made.port is None
    task = asyncio.ensure_future(made.run())
    await made.listening.wait()
    assert made.port is not None
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        assert (await http.get(f"http://127.0.0.1:{made.port}/")).text == "here"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    socket.create_server(("127.0.0.1", made.port)).close()


async def test_a_port_that_is_taken_is_named_with_what_it_was_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = OnePort("address for tests", ("127.0.0.1", port), APPLICATION)
        with pytest.raises(AdminAddressError, match=f"address for tests 127.0.0.1:{port}: Addr"):
            await made.run()
