"""Session persistence (GEP-1619): a client stays where it began, whatever the weights."""

from collections import Counter
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.stage import HTTP, Reply, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST, WILD = "session.test", "a.wild.test"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("sessions"), "a", "b", "c") as site:
        await site.write("site", [gateway("web", [listener("http", HTTP)]), *site.services])
        await site.write("routes", documents(site, 1, 1))
        yield site


def documents(site: Stage, one: int, other: int) -> list[Document]:
    both = service("both", *(site.origins[name].endpoint for name in "ab"))
    split = (backend("a", weight=one), backend("b", weight=other))
    permanent = {"sessionName": "kept", "cookieConfig": {"lifetimeType": "Permanent"}}
    rules = [
        at("/cookie", {"sessionName": "pages"}, backend("both")),
        at("/generated", {}, backend("both")),
        at("/permanent", {**permanent, "absoluteTimeout": "1h"}, backend("both")),
        at("/short", {**permanent, "absoluteTimeout": "1s"}, backend("both")),
        at("/header", {"type": "Header", "sessionName": "X-Session"}, backend("both")),
        at("/split", {"type": "Header", "sessionName": "X-Session"}, *split),
        at("/lost", {"type": "Header", "sessionName": "X-Session"}, *split, backend("missing")),
        at("/idle", {"idleTimeout": "1h"}, backend("both")),
        at("/main", {"cookie": {"name": "main", "path": "/main"}}, backend("both")),
        at("/open", None, backend("both")),
    ]
    return [both, http_route("sessions", "web", rules, hostnames=[HOST, "*.wild.test"])]


def at(path: str, session: Document | None, *backends: Document) -> Document:
    matches = [{"path": {"type": "PathPrefix", "value": path}}]
    more: dict[str, Any] = {} if session is None else {"sessionPersistence": session}
    return rule(*backends, matches=matches, **more)


def cookie(reply: Reply) -> tuple[str, Any]:
    """The name and the rest of the one cookie of an answer."""
    (found,) = SimpleCookie(reply.headers["set-cookie"]).items()
    return found


async def stays(site: Stage, path: str, headers: dict[str, str], host: str = HOST) -> Counter[str]:
    return Counter([(await site.ask(host, path, headers=headers)).outcome for _ in range(20)])


NAMES = [("/cookie", "pages", "/"), ("/main", "main", "/main")]


@pytest.mark.parametrize(("path", "name", "below"), NAMES)
@pytest.mark.parametrize("host", [HOST, HOST.upper(), WILD])
async def test_a_cookie_keeps_the_endpoint(
    site: Stage, path: str, name: str, below: str, host: str
) -> None:
    first = await site.ask(host, path)
    named, morsel = cookie(first)
    assert (named, morsel["path"], morsel["httponly"], morsel["max-age"]) == (name, below, True, "")
    sent = {"Cookie": f"other=1; {name}={morsel.coded_value}"}
    assert await stays(site, path, sent, host) == {first.backend: 20}
    again = await site.ask(host, path, headers=sent)
    assert "set-cookie" not in again.headers, "told once, not with every answer"


async def test_without_a_name_the_cookie_has_one_of_its_own(site: Stage) -> None:
    name, _ = cookie(await site.ask(HOST, "/generated"))
    assert name.startswith("session-")
    assert "set-cookie" not in (await site.ask(HOST, "/open")).headers


async def test_a_permanent_cookie_ends_even_if_it_is_still_sent(site: Stage) -> None:
    _, morsel = cookie(await site.ask(HOST, "/permanent"))
    assert morsel["max-age"] == "3600"
    reply = await site.ask(HOST, "/short")
    name, morsel = cookie(reply)
    sent = {"Cookie": f"{name}={morsel.coded_value}"}

    async def ended() -> bool:
        return "set-cookie" in (await site.ask(HOST, "/short", headers=sent)).headers

    await site.portway.until(ended, "the session has ended")


async def test_a_header_keeps_the_endpoint(site: Stage) -> None:
    first = await site.ask(HOST, "/header")
    sent = {"X-Session": first.headers["x-session"]}
    assert await stays(site, "/header", sent) == {first.backend: 20}


@pytest.mark.parametrize("value", ["", "nonsense", "MTI3LjAuMC4xOjE=", "Cg4xMjcuMC4wLjE6NzAwMQ=="])
async def test_a_session_that_leads_nowhere_begins_again(site: Stage, value: str) -> None:
    """Neither an endpoint that is gone nor an address of the client's own is ever asked."""
    reply = await site.ask(HOST, "/header", headers={"X-Session": value})
    assert reply.backend in ("a", "b")
    assert reply.headers["x-session"] != value


async def test_new_sessions_go_by_weight_and_old_ones_stay_at_weight_0(site: Stage) -> None:
    envoy = EnvoyAdmin(site.portway.data)
    pattern = "(total_filter_chains_draining|total_listeners_draining|listener_modified)"
    before = await envoy.stats(pattern)
    begun = [await site.ask(HOST, "/split") for _ in range(40)]
    assert {each.backend for each in begun} == {"a", "b"}
    sessions = {each.backend: {"X-Session": each.headers["x-session"]} for each in begun}
    await site.write("routes", documents(site, 1, 0))
    try:
        for name, sent in sessions.items():
            assert await stays(site, "/split", sent) == {name: 20}
        assert {(await site.ask(HOST, "/split")).backend for _ in range(40)} == {"a"}
    finally:
        await site.write("routes", documents(site, 1, 1))
    assert await envoy.stats(pattern) == before


async def test_a_reference_that_leads_nowhere_keeps_its_part(site: Stage) -> None:
    found = await site.count(300, HOST, "/lost")
    assert set(found) == {"a", "b", "500"}


async def test_what_cannot_be_kept_is_refused(site: Stage) -> None:
    assert (await site.ask(HOST, "/idle")).status == 500
