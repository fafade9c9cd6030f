"""Pools with endpoint pickers: who is asked, who answers, and what nobody but a picker decides."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from portway.core.schema import Schema
from tests.wire.harness.certificates import Authority
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import DESTINATION, Picker
from tests.wire.harness.portway import Portway
from tests.wire.pools import asked, client, picker_service, pool, site, to

pytestmark = pytest.mark.envoy


async def test_the_picker_decides_and_a_client_does_not(tmp_path: Path, schema: Schema) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as picker,
        Portway(tmp_path) as portway,
    ):
        documents = [
            pool("llama", "epp", a.endpoint, b.endpoint),
            picker_service("epp", picker.endpoint),
        ]
        portway.write("site", [*site(to("llama")), *documents])
        async with await client(portway) as web:
            for chosen, other in ((a, b), (b, a)):
                picker.picks = chosen.endpoint
                forged = {DESTINATION: other.endpoint}
                for method in ("GET", "POST"):
                    found = [await asked(web, method, headers=forged) for _ in range(10)]
                    assert found == [(200, chosen.name)] * 10
                assert {each.served for each in picker.seen[-20:]} == {chosen.endpoint}
                assert len(picker.seen[-1].body) == 100_000
                assert picker.seen[-1].answer
                assert DESTINATION not in picker.seen[-1].headers
            # One that is not of the pool is passed over, the next one is taken.
            picker.picks = f"127.0.0.1:1,{b.endpoint}"
            assert [await asked(web) for _ in range(10)] == [(200, "b")] * 10
            for status in (429, 503):
                picker.refuses = status
                assert [(await asked(web, each))[0] for each in ("POST", "GET")] == [status] * 2


async def test_each_pool_of_a_rule_asks_its_own_picker(tmp_path: Path, schema: Schema) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as first,
        Picker(schema) as second,
        Portway(tmp_path) as portway,
    ):
        first.picks, second.picks = a.endpoint, b.endpoint
        documents = [
            pool("stable", "one", a.endpoint),
            pool("canary", "two", b.endpoint),
            picker_service("one", first.endpoint),
            picker_service("two", second.endpoint),
        ]
        refs = [to("stable", weight=3), to("canary", weight=1)]
        portway.write("site", [*site(*refs), *documents])
        async with await client(portway) as web:
            count = Counter([await asked(web) for _ in range(200)])
            assert set(count) == {(200, "a"), (200, "b")}
            assert (len(first.seen), len(second.seen)) == (count[200, "a"], count[200, "b"])
            assert 20 <= count[200, "b"] <= 85
            second.refuses = 503
            count = Counter([await asked(web) for _ in range(40)])
            assert set(count) == {(200, "a"), (503, "")}


@pytest.mark.parametrize(("mode", "status"), [("FailOpen", 200), ("FailClose", 503)])
async def test_nobody_answers(tmp_path: Path, schema: Schema, mode: str, status: int) -> None:
    """First no process behind the Service, then no Service."""
    async with Origin("a") as a, Picker(schema) as picker, Portway(tmp_path) as portway:
        picker.picks = a.endpoint
        documents = [
            pool("llama", "epp", a.endpoint, mode=mode),
            picker_service("epp", picker.endpoint),
        ]
        portway.write("site", [*site(to("llama")), *documents])
        async with await client(portway) as web:
            assert await asked(web) == (200, "a")
            await picker.__aexit__()
            # The proxy looks once a second; a body that is on its way before is lost.
            await asyncio.sleep(2.5)
            assert (await asked(web, "GET"))[0] == status
            assert [await asked(web) for _ in range(20)] == [(status, "a" * (status == 200))] * 20
            portway.write("site", [*site(to("llama")), documents[0]])

            async def without() -> bool:
                return (await asked(web))[0] == (200 if mode == "FailOpen" else 500)

            await portway.until(without, "the answer without a picker's Service")


async def test_over_tls_whatever_its_certificate_is(tmp_path: Path, schema: Schema) -> None:
    made = Authority().certificate("picker.test")
    async with (
        Origin("a") as a,
        Picker(schema, credentials=(made.key, made.chain)) as picker,
        Portway(tmp_path) as portway,
    ):
        picker.picks = a.endpoint
        service = picker_service("epp", picker.endpoint, protocol="http2")
        documents = [pool("llama", "epp", a.endpoint), service]
        portway.write("site", [*site(to("llama")), *documents])
        async with await client(portway) as web:
            assert await asked(web) == (200, "a")
            assert len(picker.seen) == 1
