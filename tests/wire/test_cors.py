"""CORS as a browser meets it (GEP-1767): preflights, marked answers, and what must not be said."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.stage import HTTP, Reply, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST = "cors.test"
ACAO, ACAM, ACAH, ACEH, ACAC, ACMA = (
    f"access-control-{name}"
    for name in (
        "allow-origin",
        "allow-methods",
        "allow-headers",
        "expose-headers",
        "allow-credentials",
        "max-age",
    )
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("cors"), "a", "b") as site:
        route = http_route("cors", "web", rules(), hostnames=[HOST])
        await site.write("site", [gateway("web", [listener("http", HTTP)]), *site.services, route])
        yield site


def cors(origins: list[str], **fields: Any) -> Document:
    return {"type": "CORS", "cors": {"allowOrigins": origins, **fields}}


def rules() -> list[Document]:
    def at(path: str, policy: Document, *filters: Document, **match: Any) -> Document:
        matches = [{"path": {"type": "PathPrefix", "value": path}, **match}]
        return rule(backend("a"), matches=matches, filters=[policy, *filters])

    named = cors(
        ["https://www.foo.com", "https://*.bar.com"],
        allowMethods=["GET", "OPTIONS"],
        allowHeaders=["x-header-1", "x-header-2"],
        exposeHeaders=["x-header-3", "x-header-4"],
        allowCredentials=True,
        maxAge=3600,
    )
    every = {"allowMethods": ["*"], "allowHeaders": ["*"]}
    redirect = {"type": "RequestRedirect", "requestRedirect": {"hostname": "o.test"}}
    redirecting = at("/redirect", cors(["https://www.foo.com"]), redirect)
    del redirecting["backendRefs"]
    broken = at("/broken", cors(["https://www.foo.com"]))
    broken["backendRefs"] = [backend("missing")]
    per_backend = at("/backend", named)
    per_backend["backendRefs"] = [backend("a", filters=per_backend.pop("filters")), backend("b")]
    return [
        at("/named", named),
        at("/methods", cors(["https://www.foo.com"], allowMethods=["*"])),
        at("/origins", cors(["*"], allowMethods=["PUT"], allowCredentials=False)),
        at("/open", cors(["*"], allowCredentials=True, exposeHeaders=["*"], **every)),
        at("/open-plain", cors(["*"], allowCredentials=False, exposeHeaders=["*"], **every)),
        at("/ports", cors(["https://port.com:8443", "http://*.port.com:81", "https://d.com:443"])),
        at("/method", cors(["https://www.foo.com"], allowMethods=["PUT"]), method="PUT"),
        redirecting,
        broken,
        per_backend,
    ]


async def preflight(
    site: Stage, path: str, origin: str, method: str = "GET", asked: str | None = None
) -> Reply:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if asked is not None:
        headers["Access-Control-Request-Headers"] = asked
    return await site.ask(HOST, path, "OPTIONS", headers)


def words(reply: Reply, header: str) -> set[str]:
    """The members of a list header; a header that is absent has none."""
    return {word.strip() for word in reply.headers.get(header, "").split(",")} - {""}


def marks(reply: Reply) -> set[str]:
    return {name for name in reply.headers if name.startswith("access-control-")}


HEADERS = "x-header-1, x-header-2"


@pytest.mark.parametrize(
    "origin",
    ["https://www.foo.com", "https://www.bar.com", "https://xpto.www.bar.com"],
)
async def test_a_preflight_of_an_allowed_origin_is_told_everything(
    site: Stage, origin: str
) -> None:
    before = len(site.origins["a"].requests)
    reply = await preflight(site, "/named", origin, "GET", HEADERS)
    assert reply.status in (200, 204)
    assert reply.headers[ACAO] == origin
    assert words(reply, ACAM) == {"GET", "OPTIONS"}
    assert words(reply, ACAH) == {"x-header-1", "x-header-2"}
    assert words(reply, ACEH) <= {"x-header-3", "x-header-4"}
    assert (reply.headers[ACMA], reply.headers[ACAC]) == ("3600", "true")
    assert len(site.origins["a"].requests) == before, "the backend saw the preflight"


FOREIGN = [
    "https://foobar.com",
    "https://bar.com",
    "http://www.foo.com",
    "https://www.foo.com:8443",
    "https://www.foo.com.evil.com",
    "https://evil-www.foo.com",
    "https://xbar.com",
    "https://evil.com/.bar.com",
    "https://x.bar.com.evil.com",
    "https://wwwxfoo.com",
    "null",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_preflight_of_another_origin_is_answered_without_its_origin(
    site: Stage, origin: str
) -> None:
    """Without that one header a browser asks no further, whatever the others say."""
    before = len(site.origins["a"].requests)
    reply = await preflight(site, "/named", origin, "GET", HEADERS)
    assert reply.status in (200, 204, 403)
    assert ACAO not in reply.headers
    assert len(site.origins["a"].requests) == before, "the backend saw the preflight"


@pytest.mark.parametrize(
    "origin", ["https://www.foo.com", "https://www.bar.com", "https://www.foo.com:443"]
)
async def test_an_answer_to_an_allowed_origin_is_marked(site: Stage, origin: str) -> None:
    reply = await site.ask(HOST, "/named", headers={"Origin": origin})
    assert reply.outcome == "a"
    assert (reply.headers[ACAO], reply.headers[ACAC]) == (origin, "true")
    assert words(reply, ACEH) == {"x-header-3", "x-header-4"}


@pytest.mark.parametrize("origin", FOREIGN)
async def test_an_answer_to_another_origin_is_not_marked(site: Stage, origin: str) -> None:
    reply = await site.ask(HOST, "/named", headers={"Origin": origin})
    assert reply.outcome == "a"
    assert marks(reply) == set()


@pytest.mark.parametrize("headers", [{}, {"Origin": ""}], ids=["no origin", "an empty one"])
async def test_an_answer_to_nobody_in_particular_is_not_marked(
    site: Stage, headers: dict[str, str]
) -> None:
    reply = await site.ask(HOST, "/named", headers=headers)
    assert reply.outcome == "a"
    assert marks(reply) == set()


async def test_any_method_without_credentials(site: Stage) -> None:
    reply = await preflight(site, "/methods", "https://www.foo.com", "POST")
    assert reply.status in (200, 204)
    assert reply.headers[ACAO] == "https://www.foo.com"
    assert reply.headers[ACAM] in ("POST", "*")
    assert ACAC not in reply.headers
    assert reply.headers[ACMA] == "5"


@pytest.mark.parametrize("origin", ["https://foobar.com", "https://foobar.com:12345"])
async def test_any_origin(site: Stage, origin: str) -> None:
    asked = await preflight(site, "/origins", origin, "PUT")
    assert asked.status in (200, 204)
    assert words(asked, ACAM) >= {"PUT"}
    done = await site.ask(HOST, "/origins", "PUT", {"Origin": origin})
    assert done.outcome == "a"
    for reply in (asked, done):
        assert reply.headers[ACAO] in (origin, "*")
        assert ACAC not in reply.headers


async def test_credentials_and_wildcards_echo_what_was_asked(site: Stage) -> None:
    origin = "https://other.foo.com"
    asked = await preflight(site, "/open", origin, "PUT", HEADERS)
    assert asked.status in (200, 204)
    assert asked.headers[ACAO] == origin
    assert asked.headers[ACAM] == "PUT"
    assert words(asked, ACAH) == {"x-header-1", "x-header-2"}
    assert asked.headers[ACAC] == "true"
    done = await site.ask(HOST, "/open", headers={"Origin": origin})
    assert (done.headers[ACAO], done.headers[ACAC]) == (origin, "true")
    assert "*" not in words(done, ACEH)


async def test_nothing_is_allowed_that_was_not_asked_for(site: Stage) -> None:
    reply = await preflight(site, "/open", "https://other.foo.com", "PUT")
    assert reply.headers[ACAO] == "https://other.foo.com"
    assert ACAH not in reply.headers


async def test_wildcards_without_credentials(site: Stage) -> None:
    origin = "https://other.foo.com"
    asked = await preflight(site, "/open-plain", origin, "PUT", HEADERS)
    assert asked.status in (200, 204)
    assert asked.headers[ACAO] in (origin, "*")
    assert asked.headers[ACAM] in ("PUT", "*")
    assert words(asked, ACAH) in ({"x-header-1", "x-header-2"}, {"*"})
    assert ACAC not in asked.headers
    done = await site.ask(HOST, "/open-plain", headers={"Origin": origin})
    assert done.headers[ACAO] in (origin, "*")
    assert ACAC not in done.headers
    assert words(done, ACEH) == {"*"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://port.com:8443", True),
        ("https://port.com", False),
        ("https://port.com:443", False),
        ("http://x.port.com:81", True),
        ("http://x.port.com:82", False),
        ("http://x.port.com", False),
        ("https://d.com", True),
        ("https://d.com:443", True),
        ("http://d.com:443", False),
    ],
)
async def test_the_port_of_an_origin_counts(site: Stage, origin: str, allowed: bool) -> None:
    reply = await site.ask(HOST, "/ports", headers={"Origin": origin})
    assert reply.headers.get(ACAO) == (origin if allowed else None)


async def test_a_rule_for_another_method_answers_its_preflights(site: Stage) -> None:
    reply = await preflight(site, "/method", "https://www.foo.com", "PUT")
    assert reply.status in (200, 204)
    assert words(reply, ACAM) >= {"PUT"}
    other = await preflight(site, "/method", "https://www.foo.com", "DELETE")
    assert other.status == 404
    assert marks(other) == set()


async def test_options_that_are_no_preflight_reach_the_backend(site: Stage) -> None:
    reply = await site.ask(HOST, "/named", "OPTIONS", {"Origin": "https://www.foo.com"})
    assert reply.outcome == "a"
    assert reply.seen["method"] == "OPTIONS"


@pytest.mark.parametrize(("path", "status"), [("/redirect", 302), ("/broken", 500)])
async def test_the_gateways_own_answers_are_marked_too(site: Stage, path: str, status: int) -> None:
    for origin, allowed in (("https://www.foo.com", True), ("https://foobar.com", False)):
        reply = await site.ask(HOST, path, headers={"Origin": origin})
        assert reply.status == status
        assert reply.headers.get(ACAO) == (origin if allowed else None)
        asked = await preflight(site, path, origin)
        assert asked.status in (200, 204)
        assert asked.headers.get(ACAO) == (origin if allowed else None)


async def test_a_policy_of_one_backend_marks_its_answers_only(site: Stage) -> None:
    found = {}
    for _ in range(60):
        reply = await site.ask(HOST, "/backend", headers={"Origin": "https://www.foo.com"})
        found[reply.outcome] = reply.headers.get(ACAO)
    assert found == {"a": "https://www.foo.com", "b": None}
