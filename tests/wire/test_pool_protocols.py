"""What travels through a pool with a picker: streams, trailers, HTTP/2, the clients people use."""

import asyncio
from pathlib import Path

import openai
import pytest

from portway.core.schema import Schema
from tests.wire import pools, seeds
from tests.wire.harness import http2
from tests.wire.harness.certificates import Authority
from tests.wire.harness.http2_server import Http2Server
from tests.wire.harness.manifests import authorities, backend_tls_policy
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import Picker
from tests.wire.harness.portway import Portway
from tests.wire.pools import asked, client, picker_service, pool, site, to

pytestmark = pytest.mark.envoy


async def test_events_come_one_by_one_and_the_picker_sees_them(
    tmp_path: Path, schema: Schema
) -> None:
    async with Origin("a") as a, Picker(schema) as picker, Portway(tmp_path) as portway:
        picker.picks = a.endpoint
        documents = [pool("llama", "epp", a.endpoint), picker_service("epp", picker.endpoint)]
        portway.write("site", [*site(to("llama")), *documents])
        async with await client(portway) as web:
            loop = asyncio.get_running_loop()
            times, text = [], ""
            async with web.stream("POST", "/stream?n=4&delay=0.3", content=b"x" * 1000) as answer:
                async for part in answer.aiter_text():
                    times.append(loop.time())
                    text += part
        assert text == "".join(f"data: {number}\n\n" for number in range(4))
        assert times[-1] - times[0] > 0.6
        assert picker.seen[-1].answer.decode() == text
        assert picker.seen[-1].served == a.endpoint


async def test_endpoints_of_http2_and_the_trailers_of_their_answers(
    tmp_path: Path, schema: Schema
) -> None:
    async with (
        Http2Server("a") as a,
        Http2Server("b") as b,
        Picker(schema) as picker,
        Portway(tmp_path) as portway,
    ):
        h2c = pool("llama", "epp", a.endpoint, b.endpoint, appProtocol=pools.PLAIN)
        portway.write("site", [*site(to("llama")), h2c, picker_service("epp", picker.endpoint)])
        async with await client(portway) as web:
            for chosen in (a, b, a):
                picker.picks = chosen.endpoint
                assert await asked(web, "GET") == (200, chosen.name)
                assert await asked(web) == (200, chosen.name)
                assert picker.seen[-1].served == chosen.endpoint
        address, port = await seeds.where(portway, pools.GATEWAY, 8080)
        async with http2.connect(address, port) as connection:
            asked_for = http2.pseudo("POST", "models.test", "/trailers", "http")
            answer = await connection.request(asked_for, b"x" * 50_000)
            assert (answer.status, answer.trailers) == (200, (("x-trailer", "end"),))
        assert a.protocol_errors == b.protocol_errors == []


async def test_the_client_of_the_openai_api(tmp_path: Path, schema: Schema) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as picker,
        Portway(tmp_path) as portway,
    ):
        both = pool("llama", "epp", a.endpoint, b.endpoint)
        portway.write("site", [*site(to("llama")), both, picker_service("epp", picker.endpoint)])
        url = await pools.base(portway)
        async with openai.AsyncOpenAI(base_url=f"{url}/openai/v1", api_key="none") as models:
            for chosen in (a, b):
                picker.picks = chosen.endpoint
                chunks = await models.chat.completions.create(
                    model="llama",
                    messages=[{"role": "user", "content": "word " * 5000}],
                    stream=True,
                )
                words = [each.choices[0].delta.content async for each in chunks]
                assert words == ["one ", "two ", f"{chosen.name} "]
                assert chosen.requests[-1].body == picker.seen[-1].body
            picker.refuses = 429
            with pytest.raises(openai.RateLimitError):
                await models.with_options(max_retries=0).chat.completions.create(
                    model="llama", messages=[{"role": "user", "content": "word"}]
                )


@pytest.mark.parametrize(("host", "status"), [("picker.test", 200), ("other.test", 503)])
async def test_a_policy_has_the_picker_verified(
    tmp_path: Path, schema: Schema, host: str, status: int
) -> None:
    ours = Authority()
    made = ours.certificate("picker.test")
    async with (
        Origin("a") as a,
        Picker(schema, credentials=(made.key, made.chain)) as picker,
        Portway(tmp_path) as portway,
    ):
        picker.picks = a.endpoint
        documents = [
            pool("llama", "epp", a.endpoint),
            picker_service("epp", picker.endpoint, protocol="http2"),
            backend_tls_policy("epp", "epp", host),
            authorities("ca", ours.pem),
        ]
        portway.write("site", [*site(to("llama")), *documents])
        async with await client(portway) as web:
            assert [(await asked(web, each))[0] for each in ("GET", "POST")] == [status] * 2
            assert len(picker.seen) == (2 if status == 200 else 0)
            assert len(a.requests) == len(picker.seen)
