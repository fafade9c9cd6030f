"""Several pools at one Gateway: by rule, by route, by weight; and endpoints that fail."""

from collections import Counter
from pathlib import Path

import pytest

from portway.core.schema import Schema
from tests.wire import pools, seeds
from tests.wire.harness.manifests import Document, http_route, rule
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import Picker
from tests.wire.harness.portway import Portway
from tests.wire.pools import asked, client, picker_service, pool, site, to

pytestmark = pytest.mark.envoy


def under(path: str) -> list[Document]:
    return [{"path": {"type": "PathPrefix", "value": path}}]


async def test_each_rule_and_each_route_asks_the_picker_of_its_pool(
    tmp_path: Path, schema: Schema
) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as one,
        Picker(schema) as two,
        Portway(tmp_path) as portway,
    ):
        one.picks, two.picks = a.endpoint, b.endpoint
        both = (a.endpoint, b.endpoint)
        rules = [rule(to("one"), matches=under("/one")), rule(to("two"), matches=under("/two"))]
        documents = [
            pools.gateway(),
            pool("one", "one", *both),
            pool("two", "two", *both),
            picker_service("one", one.endpoint),
            picker_service("two", two.endpoint),
            http_route("rules", "web", rules, hostnames=["rules.test"]),
            http_route("one", "web", [rule(to("one"))], hostnames=["one.test"]),
            http_route("two", "web", [rule(to("two"))], hostnames=["two.test"]),
        ]
        portway.write("site", documents)
        async with await client(portway, "default/rules", "default/one", "default/two") as web:
            for method in ("GET", "POST"):
                for host, path, found in (
                    ("rules.test", "/one", "a"),
                    ("rules.test", "/two", "b"),
                    ("one.test", "/", "a"),
                    ("two.test", "/", "b"),
                ):
                    answer = await asked(web, method, path, headers={"host": host})
                    assert answer == (200, found)
            assert (len(one.seen), len(two.seen)) == (4, 4)


async def test_an_empty_canary_fails_for_its_own_share(tmp_path: Path, schema: Schema) -> None:
    """Its picker, too, has nobody to name."""
    async with (
        Origin("a") as a,
        Picker(schema) as stable,
        Picker(schema) as canary,
        Portway(tmp_path) as portway,
    ):
        stable.picks = a.endpoint
        documents = [
            pool("stable", "stable", a.endpoint),
            pool("canary", "canary"),
            picker_service("stable", stable.endpoint),
            picker_service("canary", canary.endpoint),
        ]
        del documents[1]["metadata"]["annotations"]
        shares = to("stable", weight=3), to("canary", weight=1)
        portway.write("site", [*site(*shares), *documents])
        async with await client(portway) as web:
            count = Counter([await asked(web) for _ in range(120)])
            assert set(count) == {(200, "a"), (503, "")}
            assert (len(stable.seen), len(canary.seen)) == (count[200, "a"], count[503, ""])
            assert 8 <= count[503, ""] <= 55


async def test_another_try_goes_to_the_next_endpoint_that_was_named(
    tmp_path: Path, schema: Schema
) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Origin("c") as c,
        Picker(schema) as picker,
        Portway(tmp_path) as portway,
    ):
        again = {"retry": {"codes": [503], "attempts": 2}}
        named = pool("llama", "epp", *(each.endpoint for each in (a, b, c)))
        service = picker_service("epp", picker.endpoint)
        portway.write("site", [*site(to("llama"), **again), named, service])
        async with await client(portway) as web:
            for first, second in ((a, c), (c, b), (b, a)):
                picker.picks = f"{first.endpoint},{second.endpoint}"
                for method in ("GET", "POST"):
                    before = {each: len(each.requests) for each in (a, b, c)}
                    # It fails at the first, which counts tries by itself; the second counts anew.
                    path = f"/retry?uuid={method}{first.name}&succeed_after=1&code=503"
                    second.attempts[f"{method}{first.name}"] = 1
                    assert await asked(web, method, path) == (200, second.name)
                    more = {each: len(each.requests) - before[each] for each in (a, b, c)}
                    assert more == {**dict.fromkeys((a, b, c), 0), first: 1, second: 1}
                    assert picker.seen[-1].served == second.endpoint
            assert len(picker.seen) == 6


async def test_the_older_group_is_an_invalid_kind(tmp_path: Path) -> None:
    """Tools that migrate wait for that very word."""
    async with Origin("a") as a, Portway(tmp_path) as portway:
        older = {**to("llama"), "group": "inference.networking.x-k8s.io"}
        old_pool = {
            **pool("llama", "", a.endpoint),
            "apiVersion": "inference.networking.x-k8s.io/v1alpha2",
        }
        portway.write("site", [*site(older), old_pool, pool("llama", "", a.endpoint)])
        await seeds.until_route(portway, pools.ROUTE, "ResolvedRefs", "InvalidKind")
        status = await portway.object_status("HTTPRoute", "models")
        assert seeds.conditions(status["parents"][0])["ResolvedRefs"] == ("False", "InvalidKind")
        assert seeds.conditions(status["parents"][0])["Accepted"][0] == "True"
        url = await seeds.where(portway, pools.GATEWAY, 8080)
        answer = await seeds.get(f"http://{url[0]}:{url[1]}/")
        assert answer.status == 500
        assert a.requests == []
