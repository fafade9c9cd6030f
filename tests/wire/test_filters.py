"""Filters as clients and backends see them: redirects, rewrites, headers, and those per backend."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.harness import raw
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.stage import HTTP, Stage, assert_shares, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

PLAIN = 80
TIMES = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("filters"), "a", "b", "c") as site:
        documents = [
            gateway("web", [listener("http", HTTP), listener("plain", PLAIN)]),
            *site.services,
            *redirects(),
            *rewrites(),
            *header_routes(),
            *per_backend(),
        ]
        await site.write("site", documents, ports=(HTTP, PLAIN))
        yield site


# Filters, each in one line.


def redirect(**fields: Any) -> Document:
    return {"type": "RequestRedirect", "requestRedirect": fields}


def rewrite(**fields: Any) -> Document:
    return {"type": "URLRewrite", "urlRewrite": fields}


def request_headers(**edit: Any) -> Document:
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": edit}


def response_headers(**edit: Any) -> Document:
    return {"type": "ResponseHeaderModifier", "responseHeaderModifier": edit}


def full(path: str) -> Document:
    return {"type": "ReplaceFullPath", "replaceFullPath": path}


def prefix(path: str) -> Document:
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": path}


def headers(**values: str) -> list[Document]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


def under(path: str) -> list[Document]:
    return [{"path": {"type": "PathPrefix", "value": path}}]


def one(host: str, *filters: Document, path: str = "/", to: str = "a") -> Document:
    """A route of one rule that forwards to a backend."""
    rules = [rule(backend(to), matches=under(path), filters=list(filters))]
    return http_route(host.partition(".")[0], "web", rules, hostnames=[host])


# The spec's table of ReplacePrefixMatch and what follows from it:
# prefix, replacement, path, result.
REPLACEMENTS = [
    ("/foo", "/xyz", "/foo/bar", "/xyz/bar"),
    ("/foo", "/xyz/", "/foo/bar", "/xyz/bar"),
    ("/foo/", "/xyz", "/foo/bar", "/xyz/bar"),
    ("/foo/", "/xyz/", "/foo/bar", "/xyz/bar"),
    ("/foo", "/xyz", "/foo", "/xyz"),
    ("/foo", "/xyz", "/foo/", "/xyz/"),
    ("/foo", "", "/foo/bar", "/bar"),
    ("/foo", "", "/foo/", "/"),
    ("/foo", "", "/foo", "/"),
    ("/foo", "/", "/foo/bar", "/bar"),
    ("/foo", "/", "/foo/", "/"),
    ("/foo", "/", "/foo", "/"),
    ("/foo/bar", "/", "/foo/bar/baz", "/baz"),
    ("/foo", "/a/b/c", "/foo/bar/baz", "/a/b/c/bar/baz"),
    ("/", "/xyz", "/", "/xyz/"),
    ("/", "/xyz", "/bar", "/xyz/bar"),
    ("/", "/", "/bar", "/bar"),
    ("/foo", "/x.y+z", "/foo/a%20b", "/x.y+z/a%20b"),
    ("/foo.bar", "", "/foo.bar/baz", "/baz"),
    ("/foo", r"/x\1", "/foo/bar", r"/x\1/bar"),
]
QUERIES = ("", "?a=1&b=/foo/bar")


def host_of(kind: str, number: int) -> str:
    return f"{kind}-{number}.test"


def redirects() -> list[Document]:
    def made(host: str, *, matches: str = "/", **fields: Any) -> Document:
        rules = [rule(matches=under(matches), filters=[redirect(**fields)])]
        return http_route(host.partition(".")[0], "web", rules, hostnames=[host])

    prefixes = [
        made(host_of("to", number), matches=path, path=prefix(replacement))
        for number, (path, replacement, _, _) in enumerate(REPLACEMENTS)
    ]
    locations = [made(host_of("at", n), **fields) for n, (fields, _, _) in enumerate(LOCATIONS)]
    wildcard = http_route(
        "wide",
        "web",
        [rule(filters=[redirect(scheme="https")])],
        hostnames=["*.wide.test"],
    )
    codes = [made(f"code-{code}.test", statusCode=code) for code in CODES]
    return [
        *prefixes,
        *locations,
        *codes,
        wildcard,
        made("default.test", hostname="other.test"),
        made("full.test", path=full("/whole")),
    ]


CODES = (301, 302, 303, 307, 308)

# A redirect's fields, then Location over port 8080 and over port 80, for http://HOST[:PORT]/p?q=1.
LOCATIONS: list[tuple[Document, str, str]] = [
    ({"hostname": "other.test"}, "http://other.test:8080/p?q=1", "http://other.test/p?q=1"),
    ({"scheme": "https"}, "https://HOST/p?q=1", "https://HOST/p?q=1"),
    ({"scheme": "http"}, "http://HOST/p?q=1", "http://HOST/p?q=1"),
    ({"port": 9000}, "http://HOST:9000/p?q=1", "http://HOST:9000/p?q=1"),
    ({"port": 80}, "http://HOST/p?q=1", "http://HOST/p?q=1"),
    ({"port": 443}, "http://HOST:443/p?q=1", "http://HOST:443/p?q=1"),
    ({"scheme": "https", "port": 443}, "https://HOST/p?q=1", "https://HOST/p?q=1"),
    ({"scheme": "https", "port": 80}, "https://HOST:80/p?q=1", "https://HOST:80/p?q=1"),
    ({"scheme": "https", "port": 8443}, "https://HOST:8443/p?q=1", "https://HOST:8443/p?q=1"),
    ({"scheme": "http", "port": 8080}, "http://HOST:8080/p?q=1", "http://HOST:8080/p?q=1"),
    (
        {"scheme": "https", "hostname": "o.test", "path": full("/x")},
        "https://o.test/x?q=1",
        "https://o.test/x?q=1",
    ),
    ({"path": full("/x/")}, "http://HOST:8080/x/?q=1", "http://HOST/x/?q=1"),
    ({"statusCode": 301}, "http://HOST:8080/p?q=1", "http://HOST/p?q=1"),
]


@pytest.mark.parametrize("code", CODES)
async def test_redirects_with_every_status(site: Stage, code: int) -> None:
    assert (await site.ask(f"code-{code}.test")).status == code


async def test_a_redirect_is_302_unless_it_says_otherwise(site: Stage) -> None:
    reply = await site.ask("default.test", "/same?x=1")
    assert reply.status == 302
    assert reply.headers["location"] == "http://other.test:8080/same?x=1"
    assert reply.body == b""


@pytest.mark.parametrize("with_port", [False, True], ids=["host", "host:port"])
@pytest.mark.parametrize("port", [HTTP, PLAIN])
@pytest.mark.parametrize("number", range(len(LOCATIONS)))
async def test_the_location_of_a_redirect(
    site: Stage, number: int, port: int, with_port: bool
) -> None:
    _, at_8080, at_80 = LOCATIONS[number]
    host = host_of("at", number)
    asked = f"{host}:{port}" if with_port else host
    reply = await site.ask(asked, "/p?q=1", port=port)
    wanted = at_8080 if port == HTTP else at_80
    assert reply.headers["location"] == wanted.replace("HOST", host)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("number", range(len(REPLACEMENTS)))
async def test_a_redirect_replaces_the_prefix(site: Stage, number: int, query: str) -> None:
    _, _, path, result = REPLACEMENTS[number]
    host = host_of("to", number)
    location = await location_of(site, host, path + query)
    assert location == f"http://{host}{result}{query}"


async def location_of(site: Stage, host: str, target: str) -> str:
    """The Location as it was sent; clients read and rewrite it."""
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    answer = await raw.exchange(site.address, site.ports[PLAIN], request)
    return answer.header("location") or str(answer.status)


async def test_a_redirect_replaces_the_whole_path_and_keeps_the_query(site: Stage) -> None:
    assert await location_of(site, "full.test", "/a/b?c=/d") == "http://full.test/whole?c=/d"


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("x.wide.test", "https://x.wide.test/p"),
        # Envoy cannot cut a port off a host it only knows from the request. The scheme's own port
        # in its place means the same (RFC 3986 section 6.2.3); the spec would rather not see it.
        ("x.wide.test:80", "https://x.wide.test:443/p"),
        ("x.wide.test:8080", "https://x.wide.test:443/p"),
    ],
)
@pytest.mark.parametrize("port", [HTTP, PLAIN])
async def test_a_redirect_of_a_wildcard_host_never_keeps_the_port_of_the_request(
    site: Stage, asked: str, location: str, port: int
) -> None:
    assert (await site.ask(asked, "/p", port=port)).headers["location"] == location


def rewrites() -> list[Document]:
    prefixes = [
        one(host_of("re", number), rewrite(path=prefix(replacement)), path=path)
        for number, (path, replacement, _, _) in enumerate(REPLACEMENTS)
    ]
    return [
        *prefixes,
        one("re-full.test", rewrite(path=full("/whole/path")), path="/any"),
        one("re-host.test", rewrite(hostname="inner.example.com")),
        one("re-both.test", rewrite(hostname="inner.example.com", path=prefix("/in")), path="/out"),
        one("re-root.test", rewrite(path=full("/"))),
    ]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("number", range(len(REPLACEMENTS)))
async def test_a_rewrite_replaces_the_prefix(site: Stage, number: int, query: str) -> None:
    _, _, path, result = REPLACEMENTS[number]
    request = f"GET {path}{query} HTTP/1.1\r\nHost: {host_of('re', number)}\r\n\r\n".encode()
    answer = await raw.exchange(site.address, site.ports[HTTP], request)
    assert answer.status == 200, answer
    assert site.origins["a"].requests[-1].target == result + query


@pytest.mark.parametrize(
    ("host", "target", "seen_host", "seen_path"),
    [
        ("re-full.test", "/any/thing?x=1", "re-full.test", "/whole/path?x=1"),
        ("re-full.test", "/any", "re-full.test", "/whole/path"),
        ("re-host.test", "/p?x=1", "inner.example.com", "/p?x=1"),
        ("re-host.test:8080", "/p", "inner.example.com", "/p"),
        ("re-both.test", "/out/p?x=1", "inner.example.com", "/in/p?x=1"),
        ("re-root.test", "/a/b?x=1", "re-root.test", "/?x=1"),
    ],
)
async def test_rewrites_of_host_and_whole_path(
    site: Stage, host: str, target: str, seen_host: str, seen_path: str
) -> None:
    reply = await site.ask(host, target)
    assert (reply.seen["host"], reply.seen["path"]) == (seen_host, seen_path)


TRICKY = '100% %REQ(:path)% %% {a} "q" \\x'


def header_routes() -> list[Document]:
    edit = {
        "set": headers(x_set="new", host_like="v"),
        "add": headers(x_add="added"),
        "remove": ["x-remove", "X-Remove-Too"],
    }
    return [
        one("request.test", request_headers(**edit)),
        one("tricky.test", request_headers(set=headers(x_t=TRICKY)),
            response_headers(set=headers(x_t=TRICKY))),
        one("several.test", request_headers(set=headers(a="1", b="2"), add=headers(c="3", d="4"),
                                            remove=["e", "f"])),
        one("combined.test", request_headers(set=headers(x_in="1")),
            response_headers(set=headers(x_out="2")), rewrite(hostname="in.test")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "name", "received"),
    [
        ([], "x-set", ["new"]),
        ([("x-set", "old")], "x-set", ["new"]),
        ([("X-SET", "old"), ("x-Set", "older")], "x-set", ["new"]),
        ([], "x-add", ["added"]),
        ([("X-Add", "mine")], "x-add", ["mine", "added"]),
        ([("x-remove", "1"), ("X-REMOVE", "2")], "x-remove", []),
        ([("x-remove-too", "1")], "x-remove-too", []),
        ([("x-other", "1")], "x-other", ["1"]),
    ],
)
async def test_request_headers(
    site: Stage, sent: list[tuple[str, str]], name: str, received: list[str]
) -> None:
    reply = await site.ask("request.test", headers=sent)
    values = [part.strip() for value in reply.got(name) for part in value.split(",")]
    assert values == received


async def test_several_headers_in_one_filter(site: Stage) -> None:
    sent = dict.fromkeys("abcdef", "0")
    reply = await site.ask("several.test", headers=sent)
    values = {name: ",".join(reply.got(name)) for name in "abcdef"}
    assert values == {"a": "1", "b": "2", "c": "0,3", "d": "0,4", "e": "", "f": ""}


async def test_filters_of_one_rule_work_together(site: Stage) -> None:
    reply = await site.ask("combined.test")
    assert reply.got("x-in") == ["1"]
    assert reply.headers["x-out"] == "2"
    assert reply.seen["host"] == "in.test"


async def test_values_are_text_and_no_commands(site: Stage) -> None:
    reply = await site.ask("tricky.test", "/p")
    assert reply.got("x-t") == [TRICKY]
    assert reply.headers["x-t"] == TRICKY


async def test_response_headers(site: Stage) -> None:
    """The backend sends headers of all three sorts; the client's own are not looked at."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Set: old\r\nX-Add: mine\r\n"
            b"x-remove: 1\r\nX-REMOVE-TOO: 1\r\nx-other: 1\r\n\r\nok"
        )
        await writer.drain()
        writer.close()

    edit = {
        "set": headers(x_set="new", x_fresh="f"),
        "add": headers(x_add="added"),
        "remove": ["x-remove", "X-Remove-Too"],
    }
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        address, port = server.sockets[0].getsockname()
        there = service("responder", f"{address}:{port}")
        await site.write(
            "response", [there, one("edited.test", response_headers(**edit), to="responder")]
        )
        reply = await site.ask("edited.test")
    seen = {name: reply.headers.get_list(name) for name in ("x-set", "x-add", "x-fresh", "x-other")}
    assert seen == {
        "x-set": ["new"],
        "x-add": ["mine", "added"],
        "x-fresh": ["f"],
        "x-other": ["1"],
    }
    assert not {"x-remove", "x-remove-too"} & set(reply.headers)


def per_backend() -> list[Document]:
    """Filters inside a backendRef, with and without filters of the rule."""

    def with_filters(name: str, *filters: Document, **fields: Any) -> Document:
        return backend(name, filters=list(filters), **fields)

    def route(host: str, *backends: Document, path: str = "/", filters: Any = ()) -> Document:
        rules = [rule(*backends, matches=under(path), filters=list(filters))]
        return http_route(host.partition(".")[0], "web", rules, hostnames=[host])

    def marks(name: str) -> Document:
        return with_filters(
            name,
            request_headers(set=headers(x_for=name), add=headers(x_log=name)),
            response_headers(set=headers(x_from=name)),
        )

    rule_edit = [
        request_headers(set=headers(x_for="rule", x_rule="yes"), add=headers(x_log="rule")),
        response_headers(set=headers(x_from="rule", x_rule="yes")),
    ]
    return [
        route("b-headers.test", marks("a"), marks("b")),
        route("b-single.test", marks("a")),
        route("b-rule.test", marks("a"), backend("b"), filters=rule_edit),
        route(
            "b-rewrite.test",
            with_filters("a", rewrite(path=prefix("/to-a")), weight=3),
            with_filters("b", rewrite(hostname="b.inner", path=full("/whole-b")), weight=2),
            backend("c", weight=5),
            path="/from",
        ),
        route("b-one.test", with_filters("a", rewrite(path=prefix("/in"))), path="/out"),
        route(
            "b-redirect.test",
            with_filters("a", redirect(hostname="gone.test", statusCode=301), weight=1),
            backend("b", weight=1),
            with_filters("missing", redirect(hostname="never.test"), weight=2),
        ),
        route("b-only.test", with_filters("a", redirect(path=prefix("/new"))), path="/old"),
        route(
            "b-over.test",
            with_filters("a", rewrite(hostname="backend.inner")),
            backend("b"),
            filters=[rewrite(hostname="rule.inner")],
        ),
    ]


async def by_backend(site: Stage, host: str, path: str = "/") -> dict[str, Any]:
    """One reply of each backend that answers within a bounded number of requests."""
    found: dict[str, Any] = {}
    for _ in range(60):
        reply = await site.ask(host, path)
        found.setdefault(reply.outcome, reply)
    return found


async def test_headers_of_the_backend_that_was_chosen(site: Stage) -> None:
    found = await by_backend(site, "b-headers.test")
    assert set(found) == {"a", "b"}
    for name, reply in found.items():
        assert reply.got("x-for") == reply.got("x-log") == [name]
        assert reply.headers["x-from"] == name


async def test_headers_of_the_only_backend(site: Stage) -> None:
    reply = await site.ask("b-single.test", headers={"x-log": "client"})
    assert reply.got("x-for") == ["a"]
    assert ",".join(reply.got("x-log")) == "client,a"


async def test_a_backends_filters_come_after_those_of_its_rule(site: Stage) -> None:
    found = await by_backend(site, "b-rule.test")
    a, b = found["a"], found["b"]
    assert (a.got("x-for"), b.got("x-for")) == (["a"], ["rule"])
    assert (a.got("x-rule"), b.got("x-rule")) == (["yes"], ["yes"])
    assert (a.got("x-log"), b.got("x-log")) == (["rule", "a"], ["rule"])
    assert (a.headers["x-from"], b.headers["x-from"]) == ("a", "rule")
    assert (a.headers["x-rule"], b.headers["x-rule"]) == ("yes", "yes")


async def test_rewrites_per_backend_keep_the_weights(site: Stage) -> None:
    assert_shares(
        await site.count(TIMES, "b-rewrite.test", "/from/x"), {"a": 0.3, "b": 0.2, "c": 0.5}
    )
    found = await by_backend(site, "b-rewrite.test", "/from/x?q=1")
    seen = {name: (reply.seen["host"], reply.seen["path"]) for name, reply in found.items()}
    assert seen == {
        "a": ("b-rewrite.test", "/to-a/x?q=1"),
        "b": ("b.inner", "/whole-b?q=1"),
        "c": ("b-rewrite.test", "/from/x?q=1"),
    }


async def test_the_rewrite_of_the_only_backend(site: Stage) -> None:
    assert (await site.ask("b-one.test", "/out/x?q=1")).seen["path"] == "/in/x?q=1"


async def test_a_redirect_of_one_backend_keeps_the_weights(site: Stage) -> None:
    found = await site.count(TIMES, "b-redirect.test")
    assert_shares(found, {"301": 0.25, "b": 0.25, "500": 0.5})
    for _ in range(60):
        reply = await site.ask("b-redirect.test", "/p?q=1")
        if reply.status == 301:
            assert reply.headers["location"] == "http://gone.test:8080/p?q=1"
            return
    pytest.fail("no request was redirected")


async def test_the_redirect_of_the_only_backend(site: Stage) -> None:
    assert await location_of(site, "b-only.test", "/old/x?q=1") == "http://b-only.test/new/x?q=1"


async def test_a_backends_host_wins_over_that_of_its_rule(site: Stage) -> None:
    found = await by_backend(site, "b-over.test")
    hosts = {name: reply.seen["host"] for name, reply in found.items()}
    assert hosts == {"a": "backend.inner", "b": "rule.inner"}


async def test_a_filter_nobody_knows_answers_500(site: Stage) -> None:
    strange = {"group": "example.com", "kind": "Strange", "name": "x"}
    unknown = {"type": "ExtensionRef", "extensionRef": strange}
    await site.write("strange", [one("strange.test", unknown)])
    assert await site.count(5, "strange.test") == Counter({"500": 5})
