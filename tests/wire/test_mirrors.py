"""RequestMirror: who gets copies, how many, and that nobody notices.

A copy is sent without waiting for its answer, so the tests wait until a backend has what it should
have got. What it should not have got is asserted after something that was sent later has arrived.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.wire import seeds
from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.stage import HTTP, Stage, band, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

TIMES = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("mirrors"), "a", "b", "first", "second") as site:
        web = gateway("web", [listener("http", HTTP)])
        await site.write("site", [web, *site.services, *routes()])
        yield site


def mirror(name: str, **fields: Any) -> Document:
    return {"type": "RequestMirror", "requestMirror": {"backendRef": backend(name), **fields}}


def fraction(numerator: int, denominator: int | None = None) -> Document:
    found = {"numerator": numerator, "denominator": denominator}
    return {"fraction": {name: value for name, value in found.items() if value is not None}}


def route(host: str, *filters: Document, backends: list[Document] | None = None) -> Document:
    made = rule(*(backends or [backend("a")]), filters=list(filters))
    return http_route(host.partition(".")[0], "web", [made], hostnames=[host])


SHARES = [
    ({"percent": 20}, 0.2),
    (fraction(1, 2), 0.5),
    (fraction(35), 0.35),
    (fraction(3, 4), 0.75),
    (fraction(1, 20), 0.05),
]


def routes() -> list[Document]:
    rewrite = {"type": "URLRewrite", "urlRewrite": {"hostname": "inner.test"}}
    header = {
        "type": "RequestHeaderModifier",
        "requestHeaderModifier": {"set": [{"name": "x-added", "value": "1"}]},
    }
    both = [backend("a"), backend("b")]
    full = {"type": "ReplaceFullPath", "replaceFullPath": "/spans"}
    path = {"type": "URLRewrite", "urlRewrite": {"path": full}}
    return [
        route("one.test", mirror("first")),
        route("two.test", mirror("first"), mirror("second")),
        route("none.test", mirror("first", percent=0)),
        route("all.test", mirror("first", percent=100)),
        *(route(f"share-{n}.test", mirror("first", **how)) for n, (how, _) in enumerate(SHARES)),
        route("mixed.test", mirror("first", percent=20), mirror("second", percent=50)),
        route("bad.test", mirror("missing")),
        route("bad-and-good.test", mirror("missing"), mirror("first")),
        route("foreign.test", mirror("first") | {"requestMirror": {
            "backendRef": backend("first", namespace="elsewhere")}}),
        route("changed.test", rewrite, header, mirror("first")),
        route("halves.test", mirror("first", percent=50), backends=both),
        route("of-one.test", backends=[
            backend("a", filters=[mirror("first")]), backend("b", filters=[mirror("second")])]),
        route("spans.test", mirror("first", percent=30), backends=[
            backend("a", filters=[path]), backend("b", weight=3)]),
        route("of-only.test", backends=[backend("a", filters=[mirror("first")])]),
        route("part.test", backends=[backend("a", filters=[mirror("first", percent=50)]),
                                     backend("b")]),
    ]  # fmt: skip


def copies(site: Stage, name: str, path: str) -> list[Any]:
    """What a backend has received under a path."""
    return [each for each in site.origins[name].requests if each.target.startswith(path)]


async def settle(site: Stage, name: str, path: str) -> None:
    """Waits until a copy sent later than all others has arrived."""
    last = f"/last{path}"
    assert (await site.ask("all.test" if name == "first" else "two.test", last)).outcome == "a"

    async def arrived() -> bool:
        return bool(copies(site, name, last))

    await site.portway.until(arrived, f"{last} is mirrored to {name}")


async def until_copies(site: Stage, name: str, path: str, times: int) -> None:
    async def there() -> bool:
        return len(copies(site, name, path)) == times

    await site.portway.until(there, f"{times} copies of {path} at {name}")


async def test_every_request_reaches_backend_and_mirror(site: Stage) -> None:
    assert await site.count(20, "one.test", "/one") == {"a": 20}
    await until_copies(site, "first", "/one", 20)
    assert len(copies(site, "a", "/one")) == 20


async def test_several_mirrors_get_a_copy_each(site: Stage) -> None:
    assert await site.count(20, "two.test", "/two") == {"a": 20}
    await until_copies(site, "first", "/two", 20)
    await until_copies(site, "second", "/two", 20)


async def test_a_copy_is_what_the_backend_got(site: Stage) -> None:
    body = b"payload" * 100
    reply = await site.ask(
        "one.test", "/copy?x=1", "POST", {"x-mine": "1", "content-type": "text/x"}, content=body
    )
    assert reply.outcome == "a"
    await until_copies(site, "first", "/copy", 1)
    [original], [copy] = copies(site, "a", "/copy"), copies(site, "first", "/copy")
    assert (copy.method, copy.target, copy.body) == ("POST", "/copy?x=1", body)
    for name in ("host", "x-mine", "content-type"):
        assert copy.header(name) == original.header(name)
    assert copy.header("host") == ("one.test",)


async def test_a_copy_is_changed_as_the_request_is(site: Stage) -> None:
    assert (await site.ask("changed.test", "/changed")).seen["host"] == "inner.test"
    await until_copies(site, "first", "/changed", 1)
    [copy] = copies(site, "first", "/changed")
    assert copy.header("host") == ("inner.test",)
    assert copy.header("x-added") == ("1",)


@pytest.mark.parametrize("number", range(len(SHARES)))
async def test_a_share_of_the_requests_is_copied(site: Stage, number: int) -> None:
    path = f"/share-{number}"
    assert await site.count(TIMES, f"share-{number}.test", path) == {"a": TIMES}
    await settle(site, "first", path)
    low, high = band(SHARES[number][1], TIMES)
    assert low <= len(copies(site, "first", path)) <= high


async def test_nothing_is_copied_at_zero_percent(site: Stage) -> None:
    assert await site.count(50, "none.test", "/none") == {"a": 50}
    await settle(site, "first", "/none")
    assert copies(site, "first", "/none") == []


async def test_every_mirror_has_its_own_share(site: Stage) -> None:
    await site.count(TIMES, "mixed.test", "/mixed")
    for name, share in (("first", 0.2), ("second", 0.5)):
        await settle(site, name, "/mixed")
        low, high = band(share, TIMES)
        assert low <= len(copies(site, name, "/mixed")) <= high


@pytest.mark.parametrize(
    ("host", "reason"), [("bad.test", "BackendNotFound"), ("foreign.test", "RefNotPermitted")]
)
async def test_a_mirror_that_leads_nowhere_is_dropped_and_told(
    site: Stage, host: str, reason: str
) -> None:
    name = host.partition(".")[0]
    assert await site.count(10, host, f"/{name}") == {"a": 10}
    await settle(site, "first", f"/{name}")
    assert copies(site, "first", f"/{name}") == []
    found = await seeds.route(site.portway, f"default/{name}")
    assert found["ResolvedRefs"] == ("False", reason)
    assert found["Accepted"] == ("True", "Accepted")


async def test_a_bad_mirror_leaves_its_neighbour_alone(site: Stage) -> None:
    assert await site.count(10, "bad-and-good.test", "/neighbour") == {"a": 10}
    await until_copies(site, "first", "/neighbour", 10)


async def test_the_share_is_one_of_every_backends_requests(site: Stage) -> None:
    """Not of all requests of one backend and none of the other."""
    await site.count(TIMES, "halves.test", "/halves")
    await settle(site, "first", "/halves")
    low, high = band(0.5, TIMES)
    copied = copies(site, "first", "/halves")
    assert low <= len(copied) <= high
    identifiers = {each.header("x-request-id") for each in copied}
    for name in ("a", "b"):
        own = copies(site, name, "/halves")
        both = sum(each.header("x-request-id") in identifiers for each in own)
        low, high = band(0.5, len(own))
        assert low <= both <= high, f"{both} of {len(own)} requests to {name} were copied"


async def test_the_share_holds_where_the_rule_becomes_several_routes(site: Stage) -> None:
    """A path rewrite of one backend gives each backend a route of its own."""
    found = await site.count(TIMES, "spans.test", "/spans")
    await settle(site, "first", "/spans")
    identifiers = {each.header("x-request-id") for each in copies(site, "first", "/spans")}
    for name in ("a", "b"):
        own = copies(site, name, "/spans")
        assert len(own) == found[name]
        both = sum(each.header("x-request-id") in identifiers for each in own)
        low, high = band(0.3, len(own))
        assert low <= both <= high, f"{both} of {len(own)} requests to {name} were copied"


async def test_a_large_body_is_copied_whole(site: Stage) -> None:
    body = bytes(range(256)) * 8_000
    reply = await site.ask("one.test", "/large", "POST", content=body)
    assert reply.seen["body_length"] == len(body)
    await until_copies(site, "first", "/large", 1)
    assert copies(site, "first", "/large")[0].body == body


async def test_the_mirror_of_one_backend_copies_that_backends_requests(site: Stage) -> None:
    found = await site.count(100, "of-one.test", "/of-one")
    assert set(found) == {"a", "b"}
    await until_copies(site, "first", "/of-one", found["a"])
    await until_copies(site, "second", "/of-one", found["b"])


async def test_the_mirror_of_the_only_backend(site: Stage) -> None:
    assert await site.count(10, "of-only.test", "/of-only") == {"a": 10}
    await until_copies(site, "first", "/of-only", 10)


async def test_a_share_of_one_backends_requests(site: Stage) -> None:
    found = await site.count(TIMES, "part.test", "/part")
    await settle(site, "first", "/part")
    low, high = band(0.5, found["a"])
    assert low <= len(copies(site, "first", "/part")) <= high


async def test_a_mirror_that_hangs_or_fails_holds_nobody_up(site: Stage) -> None:
    """Both backends do what the path says, so the copy waits while the request is answered."""
    await site.write("stuck", [route("stuck.test", mirror("first"), backends=[backend("a")])])
    site.origins["a"].released.set()
    site.origins["first"].released.clear()
    assert (await site.ask("stuck.test", "/hold/stuck")).outcome == "a"
    await until_copies(site, "first", "/hold/stuck", 1)
    site.origins["first"].released.set()
