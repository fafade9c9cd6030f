"""The HTTP/2 rows of the hardening guide, on a real `portway run`: floods, tunnels, odd headers.

Frames are written by hand where no client library would send them.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import hpack
import pytest
import pytest_asyncio
from hyperframe.frame import Frame, HeadersFrame, RstStreamFrame, SettingsFrame

from tests.wire.hardened import HOST, PORTS, Site, hardened_site
from tests.wire.harness import http2, raw
from tests.wire.harness.certificates import Authority

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
LISTENERS = pytest.mark.parametrize("listener", ["http", "https"])
OPENING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
STREAMS = 100
REFUSED_STREAM, CANCEL = 7, 8
FLOOD = 3_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with hardened_site(tmp_path_factory.mktemp("hardened"), authority) as site:
        yield site


def headers(listener: str, path: str, *fields: tuple[str, str]) -> http2.Headers:
    return [*http2.pseudo("GET", HOST, path, listener), *fields]


def requests(listener: str, path: str, streams: range, *, reset: bool = False) -> bytes:
    """HEADERS frames for some streams, each followed by its RST_STREAM when asked."""
    encoder = hpack.Encoder()
    sent = bytearray()
    for stream in streams:
        block = encoder.encode(headers(listener, path))
        sent += HeadersFrame(stream, block, flags=["END_HEADERS", "END_STREAM"]).serialize()
        if reset:
            sent += RstStreamFrame(stream, CANCEL).serialize()
    return bytes(sent)


def frames(data: bytes) -> list[Frame]:
    """The whole frames in what a peer has sent."""
    found = []
    while len(data) >= 9:
        frame, length = Frame.parse_frame_header(memoryview(data[:9]))
        if len(data) < 9 + length:
            break
        frame.parse_body(memoryview(data[9 : 9 + length]))
        found.append(frame)
        data = data[9 + length :]
    return found


def connect(site: Site, listener: str) -> AbstractAsyncContextManager[raw.RawConnection]:
    return raw.connect(site.address, PORTS[listener], tls=site.trust(listener, "h2"), sni=HOST)


@LISTENERS
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/public/../admin", "guarded"),
        ("/public/%2e%2e/admin", "guarded"),
        ("//admin", "guarded"),
        ("/%61dmin", "guarded"),
        ("/public/..;/admin", "guarded"),
        ("/admin;x=1", "public"),
        ("/ADMIN", "public"),
        ("/public/%252e%252e/admin", "public"),
    ],
)
async def test_paths_mean_the_same_as_over_http1(
    site: Site, listener: str, path: str, service: str
) -> None:
    async with site.connect_http2(listener) as connection:
        answer = await connection.request(headers(listener, path))
    assert (answer.status, json.loads(answer.body)["service"]) == (200, service)


@LISTENERS
@pytest.mark.parametrize(
    ("path", "status"), [("/public%2f..%2fadmin", 307), ("/public/%2e%2e;/admin", 400)]
)
async def test_paths_with_two_readings_reach_nobody(
    site: Site, listener: str, path: str, status: int
) -> None:
    before = len(site.reached)
    async with site.connect_http2(listener) as connection:
        assert (await connection.request(headers(listener, path))).status == status
    assert len(site.reached) == before


@LISTENERS
async def test_only_the_proxy_writes_its_headers(site: Site, listener: str) -> None:
    claimed = (
        ("x-gateway-destination-endpoint", "10.0.0.1:80"),
        ("x-envoy-retry-on", "5xx"),
        ("x-forwarded-proto", "ftp"),
        ("host", "other.example.com"),
    )
    async with site.connect_http2(listener) as connection:
        answer = await connection.request(headers(listener, "/", *claimed))
    seen = json.loads(answer.body)["headers"]
    assert not {"x-gateway-destination-endpoint", "x-envoy-retry-on"} & set(seen)
    assert (seen["x-forwarded-proto"], seen["host"]) == ([listener], [HOST])


MISPLACED = (
    ("x_auth_user", "root"),
    ("X-Upper", "case"),
    ("transfer-encoding", "chunked"),
    ("connection", "upgrade"),
    ("te", "gzip"),
    ("content-length", "5"),
    ("x-a", "1\r\nx-b: 2"),
    ("x-a", "\0"),
    (":path", "/admin"),
)


@LISTENERS
async def test_fields_that_do_not_belong_reset_the_request(site: Site, listener: str) -> None:
    """All at once, since the proxy takes a second to hang up."""

    async def answered(field: tuple[str, str]) -> bool:
        async with site.connect_http2(listener) as connection:
            try:
                await connection.request(headers(listener, "/", field))
            except http2.StreamResetError:
                return False
            return True

    before = len(site.reached)
    found = await asyncio.gather(*map(answered, MISPLACED))
    assert [field for field, there in zip(MISPLACED, found, strict=True) if there] == []
    assert len(site.reached) == before


@LISTENERS
@pytest.mark.parametrize(("protocol", "status"), [("", 404), ("connect-udp", 404), ("foo", 0)])
async def test_connect_is_for_websockets_only(
    site: Site, listener: str, protocol: str, status: int
) -> None:
    """Plain CONNECT (RFC 9113 section 8.5) has no path; the extended kind (RFC 8441) has one."""
    plain = [(":method", "CONNECT"), (":authority", f"{HOST}:80")]
    extended = [*http2.pseudo("CONNECT", HOST, "/", listener), (":protocol", protocol)]
    before = len(site.reached)
    async with site.connect_http2(listener) as connection:
        try:
            told = (await connection.request(extended if protocol else plain)).status
        except http2.StreamResetError:
            told = 0
    assert told == status
    assert len(site.reached) == before


@LISTENERS
async def test_one_connection_has_a_hundred_requests_at_once(site: Site, listener: str) -> None:
    """The limit is announced, and a client that does not care is refused stream by stream."""
    site.public.released.clear()
    async with connect(site, listener) as connection:
        sent = requests(listener, "/hold", range(1, 2 * STREAMS + 20, 2))
        await connection.send(OPENING + sent)
        for _ in range(STREAMS):
            await asyncio.wait_for(site.public.held.acquire(), 10)
        site.public.released.set()
        answered, refused = await _outcomes(connection, STREAMS + 10)
    assert (answered, refused) == (STREAMS, 10)
    settings = next(each for each in frames(bytes(connection.received)))
    assert isinstance(settings, SettingsFrame)
    assert settings.settings[SettingsFrame.MAX_CONCURRENT_STREAMS] == STREAMS


async def _outcomes(connection: raw.RawConnection, streams: int) -> tuple[int, int]:
    """How many streams were answered and how many refused, once all are over."""
    async with asyncio.timeout(10):
        while True:
            found = frames(bytes(connection.received))
            heads = {each.stream_id for each in found if isinstance(each, HeadersFrame)}
            resets = Counter(each.error_code for each in found if isinstance(each, RstStreamFrame))
            if len(heads) + resets.total() >= streams:
                return len(heads), resets[REFUSED_STREAM]
            await connection.more()


@LISTENERS
async def test_a_flood_of_resets_ends_its_connection_and_no_other(
    site: Site, listener: str
) -> None:
    """CVE-2023-44487. Envoy counts such connections."""
    counter = "downstream_rq_too_many_premature_resets"

    async def counted() -> int:
        return sum((await site.envoy.stats(counter)).values())

    before = await counted()
    async with site.connect_http2(listener) as innocent, connect(site, listener) as flooding:
        answers = asyncio.gather(*(innocent.get(HOST, "/") for _ in range(50)))
        await flooding.send(OPENING + requests(listener, "/", range(1, 2 * FLOOD, 2), reset=True))
        await flooding.until_closed()
        assert {each.status for each in await answers} == {200}
        assert (await innocent.get(HOST, "/")).status == 200
    assert await counted() == before + 1
