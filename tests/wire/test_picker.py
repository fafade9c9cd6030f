"""`portway picker` behind a real Envoy: where requests go, and what happens when anything fails."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.manifests import Document
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.picker_process import PickerProcess
from tests.wire.harness.portway import Portway
from tests.wire.pools import PLAIN, client, picker_service, pool, site, to

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

BUSY = b"vllm:num_requests_waiting 20\nvllm:num_requests_running 200\n"
FREE = b"vllm:num_requests_waiting 0\nvllm:num_requests_running 0\n"


def documents(
    picker: PickerProcess,
    servers: Sequence[ModelServer],
    mode: str = "FailClose",
    protocol: str = PLAIN,
) -> list[Document]:
    return [
        *site(to("llama")),
        pool("llama", "epp", *(each.endpoint for each in servers), mode=mode),
        picker_service("epp", picker.endpoint, protocol=protocol),
    ]


async def asked(web: httpx.AsyncClient, prompt: str, **more: Any) -> tuple[int, str]:
    body = {"model": "llama", "prompt": prompt}
    answer = await web.post("/v1/completions", json=body, **more)
    return answer.status_code, answer.json()["service"] if answer.status_code == 200 else ""


async def picking(portway: Portway, web: httpx.AsyncClient) -> None:
    """Until the picker and the proxy know the endpoints, each in its own time."""

    async def served() -> bool:
        return (await asked(web, "x"))[0] == 200

    await portway.until(served, "requests get endpoints")


def from_api(portway: Portway) -> tuple[str, ...]:
    return ("--pool", "default/llama", "--kubeconfig", str(portway.data / "kubeconfig"))


async def test_equal_beginnings_stay_together_and_load_goes_elsewhere(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        ModelServer("c") as c,
        Portway(tmp_path) as portway,
    ):
        servers = (a, b, c)
        async with PickerProcess(tmp_path, *from_api(portway), "--explain") as picker:
            portway.write("site", documents(picker, servers))
            async with await client(portway) as web:
                await picking(portway, web)
                for group in range(40):
                    text = f"group {group}: " + "x" * 8_000
                    found = {await asked(web, f"{text} {each}") for each in range(3)}
                    assert len(found) == 1, (group, found)
                    assert found.pop()[0] == 200
                at = {each.name: len(each.bodies) for each in servers}
                assert all(at.values()), at
                # All of one group at once, and nobody answers: not all go to the warm endpoint.
                for each in servers:
                    each.gate.clear()
                crowd = [asyncio.ensure_future(asked(web, "y" * 2_000)) for _ in range(60)]
                await asyncio.sleep(1.5)
                for each in servers:
                    each.gate.set()
                spread = Counter(await asyncio.gather(*crowd))
                assert set(spread) == {(200, "a"), (200, "b"), (200, "c")}, spread
                # Why, if it is asked for; and nobody can choose.
                why = await web.post(
                    "/v1/completions",
                    json={"model": "llama", "prompt": "y" * 2_000},
                    headers={"x-portway-explain-pick": "1"},
                )
                assert "has 7 of 7 blocks" in why.headers["x-portway-pick"]
                assert (await web.get("/v1/models")).status_code == 200
            assert await picker.number("portway_picker_passed_over_total") == 0
            assert await picker.number('inference_pool_ready_pods{name="llama"') == 3


async def test_an_answer_is_streamed_untouched(tmp_path: Path) -> None:
    """Each piece as it comes, and a long body in both directions, byte for byte."""
    async with ModelServer("a") as a, Portway(tmp_path) as portway:
        a.chunks = [b"data: %d %b\n\n" % (n, b"z" * (n * 997 % 50_000)) for n in range(40)]
        a.between = 0.02
        async with PickerProcess(tmp_path, *from_api(portway)) as picker:
            portway.write("site", documents(picker, [a]))
            async with await client(portway) as web:
                await picking(portway, web)
                sent = b'{"model": "m", "stream": true, "prompt": "' + b"\\u00e9 " * 300_000 + b'"}'
                began = asyncio.get_running_loop().time()
                first = 0.0
                got = b""
                async with web.stream("POST", "/v1/completions", content=sent) as answer:
                    async for piece in answer.aiter_raw():
                        first = first or asyncio.get_running_loop().time() - began
                        got += piece
                took = asyncio.get_running_loop().time() - began
                assert a.bodies[-1] == sent
                assert got == b"".join(a.chunks)
                assert took > 0.8
                assert first < took - 0.4


async def test_an_engine_that_dies_and_one_that_comes_back(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway)) as picker,
    ):
        portway.write("site", documents(picker, [a, b]))
        async with await client(portway) as web:
            await picking(portway, web)
            text = "x" * 4_000
            (status, warm), cold = await asked(web, text), a
            assert status == 200
            warm_server, cold = (a, b) if warm == "a" else (b, a)
            await warm_server.close()
            # The pool still has it; the endpoint is named first, and cannot be reached.
            portway.write("site", documents(picker, [cold]))

            async def moved() -> bool:
                return await asked(web, text) == (200, cold.name)

            await portway.until(moved, "the other endpoint answers")
            assert {await asked(web, text) for _ in range(10)} == {(200, cold.name)}
            await warm_server.open()
            portway.write("site", documents(picker, [a, b]))

            before = len(warm_server.bodies)

            async def back() -> bool:
                await asked(web, f"{len(warm_server.bodies)} {len(cold.bodies)}" + "q" * 2_000)
                return len(warm_server.bodies) > before

            await portway.until(back, "the endpoint that came back answers")


@pytest.mark.parametrize(("mode", "status"), [("FailOpen", 200), ("FailClose", 503)])
async def test_the_picker_dies_and_comes_back(tmp_path: Path, mode: str, status: int) -> None:
    async with (
        ModelServer("a") as a,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway)) as picker,
    ):
        portway.write("site", documents(picker, [a], mode))
        async with await client(portway) as web:
            await picking(portway, web)
            assert (await asked(web, "x"))[0] == 200
            await picker.kill()
            # The proxy looks once a second.
            await asyncio.sleep(2.5)
            assert {(await asked(web, "x"))[0] for _ in range(10)} == {status}
            await picker.start()

            async def picked() -> bool:
                await asked(web, "x")
                return await picker.number("portway_picker_picks_total") > 0

            await portway.until(picked, "the picker is asked again")


async def test_numbers_that_hang_lie_or_are_nonsense_do_no_harm(tmp_path: Path) -> None:
    async with ModelServer("a") as a, ModelServer("b") as b, Portway(tmp_path) as portway:
        a.page_hangs = True
        b.page = b"vllm:num_requests_waiting NaN\nvllm:kv_cache_usage_perc 900\n\xff\xfe{{{\n" * 9
        options = (*from_api(portway), "--scrape-interval", "0.1")
        async with PickerProcess(tmp_path, *options) as picker:
            portway.write("site", documents(picker, [a, b]))
            async with await client(portway) as web:
                await picking(portway, web)
                found = Counter([await asked(web, f"{n}" * 600) for n in range(40)])
                assert set(found) == {(200, "a"), (200, "b")}, found
                assert b.scrapes > 0
                # One says that it is full, whatever is true: the other gets what is cold.
                a.page_hangs, a.page, b.page = False, FREE, BUSY
                scrapes = b.scrapes

                async def asked_anew() -> bool:
                    return b.scrapes >= scrapes + 3

                await portway.until(asked_anew, "both have been asked for their numbers")
                found = Counter([await asked(web, f"{n} cold" * 300) for n in range(20)])
                assert found == {(200, "a"): 20}
                # It is all there is: a lie closes nothing.
                portway.write("site", documents(picker, [b]))

                async def only() -> bool:
                    return await asked(web, "x") == (200, "b")

                await portway.until(only, "the other endpoint is gone")


async def test_a_pool_is_emptied_and_filled_again(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway)) as picker,
    ):
        portway.write("site", documents(picker, [a]))
        async with await client(portway) as web:
            await picking(portway, web)
            portway.write("site", _without_endpoints(picker))

            async def empty() -> bool:
                return (await asked(web, "x"))[0] == 503

            await portway.until(empty, "an empty pool")
            answer = await web.post("/v1/completions", json={"model": "m", "prompt": "x"})
            assert answer.headers["x-llm-d-request-dropped-reason"] == "rejected-no-endpoint"
            portway.write("site", documents(picker, [a]))
            await picking(portway, web)


async def test_the_first_endpoint_of_a_pool_is_waited_for(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway), "--hold", "20") as picker,
    ):
        portway.write("site", _without_endpoints(picker))
        async with await client(portway) as web:
            waits: list[asyncio.Future[tuple[int, str]]] = []

            async def held() -> bool:
                """Not while the proxy has yet to notice that the picker is there."""
                waits[:] = [asyncio.ensure_future(asked(web, "x")) for _ in range(5)]
                await asyncio.sleep(0.5)
                return not any(each.done() for each in waits)

            await portway.until(held, "requests wait for an endpoint")
            portway.write("site", documents(picker, [a]))
            assert await asyncio.gather(*waits) == [(200, "a")] * 5


async def test_over_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway), tls=True) as picker,
    ):
        portway.write("site", documents(picker, [a], protocol="http2"))
        async with await client(portway) as web:
            await picking(portway, web)
            assert await asked(web, "x" * 2_000) == (200, "a")
        assert await picker.number("portway_picker_picks_total") >= 1


def _without_endpoints(picker: PickerProcess) -> list[Document]:
    """The site, and no endpoint is in the pool, since no Pod is."""
    empty = pool("llama", "epp")
    del empty["metadata"]["annotations"]
    return [*site(to("llama")), empty, picker_service("epp", picker.endpoint)]
