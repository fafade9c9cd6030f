"""Every row of the hardening guide's HTTP/1.1 tables: exact bytes to a real `portway run`.

Each row is tried on a plain and on a TLS listener. `guarded` answers for /admin, `public` for the
rest, so the name that answers is the rule that applied. A request that is refused reaches neither.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from tests.wire.hardened import HOST, PORTS, Site, hardened_site
from tests.wire.harness import raw
from tests.wire.harness.certificates import Authority

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
LISTENERS = pytest.mark.parametrize("listener", ["http", "https"])
NAMED = f"Host: {HOST}\r\n".encode()
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + NAMED + b"\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with hardened_site(tmp_path_factory.mktemp("hardened"), authority) as site:
        yield site


@contextmanager
def nothing_reaches(site: Site) -> Iterator[None]:
    """Fails when a request reaches a backend in the meantime."""
    before = len(site.reached)
    yield
    assert len(site.reached) == before


def get(*lines: bytes) -> bytes:
    """A GET with our Host and further header lines."""
    return b"\r\n".join([b"GET / HTTP/1.1", NAMED[:-2], *lines, b"", b""])


def post(body: bytes, *lines: bytes) -> bytes:
    """A POST whose framing is what the lines say, with another request right behind it."""
    return b"\r\n".join([b"POST / HTTP/1.1", NAMED[:-2], *lines, b"", body]) + SMUGGLED


def chunked(body: bytes) -> bytes:
    return post(body, b"Transfer-Encoding: chunked")


# Paths.


@LISTENERS
@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("/public/../admin", "/admin"),
        ("/public/%2e%2e/admin", "/admin"),
        ("/public/.%2E/admin", "/admin"),
        ("//admin", "/admin"),
        ("/%61dmin", "/admin"),
        ("/./admin", "/admin"),
        ("/../admin", "/admin"),
        ("/x/..//admin", "/admin"),
        ("/public/..;/admin", "/admin"),
        ("/public/..;x=1/admin", "/admin"),
        ("/.;/admin", "/admin"),
        ("/public\\..\\admin", "/admin"),
        ("/admin/", "/admin/"),
        ("/adm%69n/x", "/admin/x"),
        (f"http://{HOST}/public/../admin", "/admin"),
    ],
)
async def test_no_spelling_walks_around_a_prefix(
    site: Site, listener: str, target: str, seen: str
) -> None:
    """The rule of /admin applies, and its backend gets the plain path."""
    answer = await site.get(listener, target)
    told = json.loads(answer.body)
    assert (answer.status, told["service"], told["path"]) == (200, "guarded", seen)


@LISTENERS
@pytest.mark.parametrize(
    "target", ["/public%2f..%2fadmin", "/public%2F..%2Fadmin", "/public%5c..%5cadmin"]
)
async def test_escaped_slashes_are_sent_to_the_plain_path(
    site: Site, listener: str, target: str
) -> None:
    with nothing_reaches(site):
        answer = await site.get(listener, target)
    assert (answer.status, answer.header("location")) == (307, "/admin")


@LISTENERS
@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/public/%2e%2e;/admin", 400),
        ("/public/.%2e;x=1/admin", 400),
        ("/%2e;/admin", 400),
        ("/admin%00", 400),
        ("/admin#x", 400),
        ("/admin\x01", 400),
        ("/\xe9/../admin", 400),
        ("admin", 400),
        ("*", 400),
    ],
)
async def test_paths_with_two_readings_are_refused(
    site: Site, listener: str, target: str, status: int
) -> None:
    with nothing_reaches(site):
        assert (await site.get(listener, target)).status == status


@LISTENERS
@pytest.mark.parametrize(
    "target",
    [
        "/admin;x=1",
        "/ADMIN",
        "/public/%252e%252e/admin",
        "/%2561dmin",
        "/..%3b/admin",
        "/admin%20",
        "/public?/../admin",
    ],
)
async def test_other_paths_are_other_paths(site: Site, listener: str, target: str) -> None:
    """By design: these are not /admin to anything that follows RFC 3986. The guide says what to
    do about backends that do not."""
    told = json.loads((await site.get(listener, target)).body)
    assert (told["service"], told["path"]) == ("public", target)


@LISTENERS
@pytest.mark.parametrize("target", ["/vault", "/Vault/x", "/VAULT", "/public/../vAULT"])
async def test_a_regular_expression_guards_every_case(
    site: Site, listener: str, target: str
) -> None:
    """What the guide says to write for backends that ignore case."""
    told = json.loads((await site.get(listener, target)).body)
    assert told["service"] == "guarded"


# Headers.


@LISTENERS
async def test_underscores_in_header_names_are_refused(site: Site, listener: str) -> None:
    with nothing_reaches(site):
        assert (await site.get(listener, "/", "x_auth_user: root")).status == 400


@LISTENERS
async def test_only_the_proxy_writes_its_headers(site: Site, listener: str) -> None:
    answer = await site.get(
        listener,
        "/",
        "x-envoy-external-address: 1.2.3.4",
        "x-envoy-internal: true",
        "x-envoy-retry-on: 5xx",
        "x-envoy-upstream-rq-timeout-ms: 1",
        "x-envoy-original-path: /admin",
        "X-Gateway-Destination-Endpoint: 10.0.0.1:80",
        "x-gateway-destination-endpoint-served: 10.0.0.1:80",
        "x-forwarded-client-cert: Hash=00",
        "x-forwarded-proto: ftp",
        "X-Forwarded-For: 9.9.9.9",
    )
    seen: dict[str, list[str]] = json.loads(answer.body)["headers"]
    ours = ("x-envoy-", "x-gateway-", "x-forwarded-client-")
    assert {name: seen[name] for name in seen if name.startswith(ours)} == {
        "x-envoy-external-address": ["127.0.0.1"]
    }
    assert seen["x-forwarded-proto"] == [listener]
    (chain,) = seen["x-forwarded-for"]
    claimed, peer = chain.split(",")
    assert (claimed, bool(peer)) == ("9.9.9.9", True)


@LISTENERS
async def test_other_headers_are_the_clients_own_words(site: Site, listener: str) -> None:
    """Passed on: the guide says so, and how to remove them."""
    names = ("x-forwarded-host", "x-original-url", "x-rewrite-url", "forwarded", "x-real-ip")
    answer = await site.get(listener, "/", *(f"{name}: claimed" for name in names))
    seen = json.loads(answer.body)["headers"]
    assert {name: seen.get(name) for name in names} == {name: ["claimed"] for name in names}


@LISTENERS
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PROPFIND"])
async def test_methods_are_for_routes_to_choose(site: Site, listener: str, method: str) -> None:
    answer = await site.say(listener, get().replace(b"GET", method.encode(), 1))
    assert (answer.status, json.loads(answer.body)["method"]) == (200, method)


@LISTENERS
@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        (f"{HOST}:8080", f"{HOST}:8080"),
        (f"{HOST}.", HOST),
        (f"{HOST}.:80", f"{HOST}:80"),
        (HOST.upper(), HOST.upper()),
    ],
)
async def test_one_host_has_many_spellings(site: Site, listener: str, sent: str, seen: str) -> None:
    answer = await site.get(listener, "/admin", f"Host: {sent}")
    told = json.loads(answer.body)
    assert (answer.status, told["service"], told["host"]) == (200, "guarded", seen)


@LISTENERS
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("other.example.com", 404),
        (f"{HOST}..", 404),
        (f"user@{HOST}", 404),
        ("", 404),
        (f"{HOST}/admin", 400),
        (f"{HOST}#x", 400),
        (f"{HOST}, other.example.com", 400),
    ],
)
async def test_other_hosts_are_not_this_one(
    site: Site, listener: str, host: str, status: int
) -> None:
    with nothing_reaches(site):
        assert (await site.get(listener, "/", f"Host: {host}")).status == status


@LISTENERS
@pytest.mark.parametrize(
    "lines",
    [(b"x: " + b"a" * 65_000,), tuple(b"x-%d: 1" % number for number in range(101))],
    ids=["65 kB", "101 headers"],
)
async def test_headers_have_a_size_and_a_number(
    site: Site, listener: str, lines: tuple[bytes, ...]
) -> None:
    with nothing_reaches(site):
        assert (await site.say(listener, get(*lines))).status == 431


@LISTENERS
@pytest.mark.parametrize(
    "lines",
    [(b"x: " + b"a" * 59_000,), tuple(b"x-%d: 1" % number for number in range(95))],
    ids=["59 kB", "96 headers"],
)
async def test_honest_headers_fit(site: Site, listener: str, lines: tuple[bytes, ...]) -> None:
    assert (await site.say(listener, get(*lines))).status == 200


# Where one message ends and the next begins.


AMBIGUOUS = {
    "a length and chunks": (
        post(b"0\r\n\r\n", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        400,
    ),
    "chunks and a length": (
        post(b"0\r\n\r\n", b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        400,
    ),
    "two lengths": (post(b"abc", b"Content-Length: 3", b"Content-Length: 0"), 400),
    "the same length twice": (post(b"abc", b"Content-Length: 3", b"Content-Length: 3"), 400),
    "a list of lengths": (post(b"abc", b"Content-Length: 3, 3"), 400),
    "length with a plus": (post(b"abc", b"Content-Length: +3"), 400),
    "negative length": (post(b"abc", b"Content-Length: -3"), 400),
    "hexadecimal length": (post(b"abc", b"Content-Length: 0x3"), 400),
    "unknown coding": (post(b"0\r\n\r\n", b"Transfer-Encoding: xchunked"), 501),
    "gzip, chunked": (post(b"0\r\n\r\n", b"Transfer-Encoding: gzip, chunked"), 501),
    "chunked, identity": (post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, identity"), 501),
    "two codings": (
        post(b"0\r\n\r\n", b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
        501,
    ),
    "vertical tab": (post(b"0\r\n\r\n", b"Transfer-Encoding: \x0bchunked"), 400),
    "identity": (post(b"abc", b"Transfer-Encoding: identity", b"Content-Length: 3"), 400),
    "chunks in HTTP/1.0": (chunked(b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0", 1), 426),
    "space before the colon": (post(b"0\r\n\r\n", b"Transfer-Encoding : chunked"), 400),
    "no chunk size": (chunked(b"zz\r\n\r\n"), 400),
    "negative chunk": (chunked(b"-1\r\n\r\n"), 400),
    "huge chunk": (chunked(b"fffffffffffffffff\r\n\r\n"), 400),
    "chunks by LF": (chunked(b"0\n\n"), 400),
    "LF in an extension": (chunked(b"1;a\nb\r\nX\r\n0\r\n\r\n"), 400),
    "bytes behind a chunk": (chunked(b"1\r\nXY\r\n0\r\n\r\n"), 400),
    "LF behind a chunk": (chunked(b"1\r\nX\n0\r\n\r\n"), 400),
    "NUL in a value": (get(b"X-A: a\0b"), 400),
    "NUL in a name": (get(b"X-\0A: b"), 400),
    "control character": (get(b"X-A: a\x01b"), 400),
    "no name": (get(b": b"), 400),
    "no colon": (get(b"nocolon"), 400),
    "folded first line": (b"GET / HTTP/1.1\r\n X: y\r\n" + NAMED + b"\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "space in the path": (b"GET /a b HTTP/1.1\r\n" + NAMED + b"\r\n", 400),
    "lower-case method": (b"get / HTTP/1.1\r\n" + NAMED + b"\r\n", 400),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n" + NAMED + b"\r\n", 426),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + NAMED + b"\r\n", 426),
    "HTTP/0.9": (b"GET /\r\n", 426),
}


@LISTENERS
async def test_ambiguous_messages_end_the_connection(site: Site, listener: str) -> None:
    """Nothing behind the message is read as a request: the connection is over. All at once, since
    the proxy leaves a client a second to read the answer before it hangs up."""

    async def outcome(message: bytes) -> tuple[int, bytes]:
        async with site.connect(listener) as connection:
            await connection.send(message)
            answer = await connection.answer()
            return answer.status, await connection.until_closed()

    with nothing_reaches(site):
        found = await asyncio.gather(*(outcome(message) for message, _ in AMBIGUOUS.values()))
    assert dict(zip(AMBIGUOUS, found, strict=True)) == {
        name: (status, b"") for name, (_, status) in AMBIGUOUS.items()
    }


@LISTENERS
@pytest.mark.parametrize("second", [HOST, "other.example.com"])
async def test_two_hosts_are_no_host(site: Site, listener: str, second: str) -> None:
    """Joined by a comma they match no exact host; `refusals` sees to the wildcards."""
    with nothing_reaches(site):
        assert (await site.say(listener, get(f"Host: {second}".encode()))).status == 404


@LISTENERS
@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (b"X-A: 1\r\n folded", {"x-a": ["1 folded"]}),
        (b"X-A: 1\nX-B: 2", {"x-a": ["1"], "x-b": ["2"]}),
        (b"X-A: 1\rX-B: 2", {"x-a": ["1X-B: 2"]}),
    ],
    ids=["folded line", "bare LF", "bare CR"],
)
async def test_odd_line_ends_are_written_anew(
    site: Site, listener: str, lines: bytes, seen: dict[str, list[str]]
) -> None:
    """RFC 9112 lets a recipient read these (sections 2.2, 5.2). The backend gets one line a header,
    so that it has nothing to read differently."""
    told = json.loads((await site.say(listener, get(lines))).body)
    assert {name: told["headers"][name] for name in told["headers"] if name in "x-a x-b"} == seen
    record = next(each for each in reversed(site.public.bytes_received) if b"x-a" in each)
    assert record.count(b"\r") == record.count(b"\n") == record.count(b"\r\n")


@LISTENERS
async def test_a_connection_carries_honest_requests_one_after_the_other(
    site: Site, listener: str
) -> None:
    """What the refusals above cost nobody else: a chunked body, then the next request."""
    async with site.connect(listener) as connection:
        await connection.send(chunked(b"1;a=b\r\nX\r\n0\r\n\r\n"))
        first, second = await connection.answer(), await connection.answer()
    assert json.loads(first.body)["body_length"] == 1
    assert json.loads(second.body)["path"] == "/smuggled"


# Tunnels.


@LISTENERS
async def test_connect_is_not_a_tunnel(site: Site, listener: str) -> None:
    with nothing_reaches(site):
        async with site.connect(listener) as connection:
            await connection.send(f"CONNECT {HOST}:80 HTTP/1.1\r\n".encode() + NAMED + b"\r\n")
            await connection.send(SMUGGLED)
            assert (await connection.answer()).status == 404
            assert await connection.until_closed() == b""


@LISTENERS
@pytest.mark.parametrize("protocol", [b"foo", b"TLS/1.0", b"foo, websocket"])
async def test_only_websocket_is_an_upgrade(site: Site, listener: str, protocol: bytes) -> None:
    with nothing_reaches(site):
        async with site.connect(listener) as connection:
            await connection.send(get(b"Connection: Upgrade", b"Upgrade: " + protocol) + SMUGGLED)
            assert (await connection.answer()).status == 403
            assert await connection.until_closed() == b""


@LISTENERS
async def test_an_upgrade_to_h2c_is_answered_as_if_it_were_not_there(
    site: Site, listener: str
) -> None:
    """RFC 9113 section 3.1 took it away; the request is an ordinary one, and so is its backend's.
    A backend that took the upgrade would speak to the client past every rule."""
    settings = b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"
    lines = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", settings)
    answer = await site.say(listener, get(*lines))
    assert answer.status == 200
    assert not {"upgrade", "http2-settings", "connection"} & set(json.loads(answer.body)["headers"])


# Silence.


async def test_nobody_is_waited_for(site: Site) -> None:
    """Half a request head gets a 408 after ten seconds, a TLS client that never says hello is
    disconnected after ten, both at once to be quick. Nobody else notices."""
    loop = asyncio.get_running_loop()

    async def half(listener: str) -> float:
        async with site.connect(listener) as connection:
            start = loop.time()
            await connection.send(b"GET / HTTP/1.1\r\n" + NAMED + b"X-Half: ")
            assert (await connection.answer(seconds=15)).status == 408
            return loop.time() - start

    async def mute() -> float:
        async with raw.connect(site.address, PORTS["https"]) as connection:
            start = loop.time()
            assert await connection.until_closed(seconds=15) == b""
            return loop.time() - start

    async def innocent() -> int:
        await asyncio.sleep(1)
        return (await site.get("https")).status

    *waited, status = await asyncio.gather(half("http"), half("https"), mute(), innocent())
    assert all(9.5 < each < 14 for each in waited), waited
    assert status == 200
