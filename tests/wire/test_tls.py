"""TLS towards clients and the process as a whole: what a real `portway run` agrees to and sheds."""

import json
import ssl
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.wire.hardened import HOST, PORTS, Site, hardened_site
from tests.wire.harness import raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
SECURE = PORTS["https"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with hardened_site(tmp_path_factory.mktemp("hardened"), authority) as site:
        yield site


@pytest.mark.parametrize(
    ("highest", "agreed"),
    [(ssl.TLSVersion.TLSv1_3, "TLSv1.3"), (ssl.TLSVersion.TLSv1_2, "TLSv1.2")],
)
async def test_tls_of_today_is_spoken(site: Site, highest: ssl.TLSVersion, agreed: str) -> None:
    seen = await handshake(site.address, SECURE, sni=HOST, highest=highest)
    assert (seen.version, seen.names) == (agreed, (HOST,))


async def test_tls_1_1_is_refused(site: Site) -> None:
    """A hello of TLS 1.1, by hand, since clients no longer send one; the answer is an alert that
    says protocol_version (70), RFC 8446 section 6.2."""
    async with raw.connect(site.address, SECURE) as connection:
        await connection.send(old_hello(HOST.encode()))
        answer = await connection.until_closed()
    kind, _, _, _, _, level, description = answer[:7]
    assert (kind, level, description) == (21, 2, 70)


def old_hello(name: bytes) -> bytes:
    """A ClientHello that knows TLS 1.1 (3.2) at most, with a server name."""

    def sized(data: bytes, octets: int) -> bytes:
        return len(data).to_bytes(octets, "big") + data

    server_name = b"\0\0" + sized(sized(b"\0" + sized(name, 2), 2), 2)
    curves = b"\0\x0a" + sized(sized(b"\0\x17\0\x1d", 2), 2)
    suites = bytes.fromhex("c013c014c009c00a002f0035")
    body = b"\x03\x02" + bytes(32) + sized(b"", 1) + sized(suites, 2) + sized(b"\0", 1)
    body += sized(server_name + curves, 2)
    return b"\x16\x03\x01" + sized(b"\x01" + sized(body, 3), 2)


@pytest.mark.parametrize(
    ("suite", "spoken"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
        ("ECDHE-ECDSA-AES128-SHA", False),
        ("ECDHE-ECDSA-AES256-SHA384", False),
    ],
)
async def test_suites_without_aead_are_refused(site: Site, suite: str, spoken: bool) -> None:
    """The tests' certificates have EC keys, so that the suite alone decides."""
    context = site.authority.client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{suite}:@SECLEVEL=0")
    try:
        async with raw.connect(site.address, SECURE, tls=context, sni=HOST):
            agreed = True
    except (ssl.SSLError, ConnectionError):
        agreed = False
    assert agreed is spoken


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (["h2", "http/1.1"], "h2"),
        (["http/1.1", "h2"], "h2"),
        (["http/1.1"], "http/1.1"),
        (["spdy/3"], None),
        ([], None),
    ],
)
async def test_http2_is_preferred(site: Site, offered: list[str], agreed: str | None) -> None:
    assert (await handshake(site.address, SECURE, sni=HOST, alpn=offered)).alpn == agreed


@pytest.mark.parametrize("sni", ["other.example.com", f"x.{HOST}", "example.com", None])
async def test_other_server_names_get_no_certificate(site: Site, sni: str | None) -> None:
    with pytest.raises(RefusedError):
        await handshake(site.address, SECURE, sni=sni)


async def test_a_host_that_is_not_the_server_name_is_not_served(site: Site) -> None:
    """Domain fronting: the name of the handshake and that of the request must be one listener's."""
    before = len(site.reached)
    answer = await site.get("https", "/", "Host: other.example.com")
    assert answer.status == 404
    assert len(site.reached) == before


@pytest.mark.parametrize("listener", ["http", "https"])
async def test_the_wrong_kind_of_client_gets_nothing(site: Site, listener: str) -> None:
    """Plain text to the TLS port, TLS to the plain port."""
    before = len(site.reached)
    if listener == "https":
        async with raw.connect(site.address, SECURE) as connection:
            await connection.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert await connection.until_closed() == b""
    else:
        with pytest.raises(RefusedError):
            await handshake(site.address, PORTS["http"], sni=HOST)
    assert len(site.reached) == before


async def test_the_overload_manager_watches_memory_and_connections(site: Site) -> None:
    """Envoy's own account: every action and shed point is there, none is needed, and the share of
    connections in use is what is in use."""
    stats = await site.envoy.stats("^overload\\.")
    prefix = "overload.envoy.overload_actions."
    actions = {name.removeprefix(prefix) for name in stats if name.startswith(prefix)}
    assert {name.partition(".")[0] for name in actions if name.endswith(".active")} == {
        *("shrink_heap", "disable_http_keepalive", "reset_high_memory_stream"),
        *("stop_accepting_requests", "stop_accepting_connections"),
    }
    assert not any(stats[prefix + name] for name in actions if name.endswith(".active"))
    points = ("tcp_listener_accept", "http_connection_manager_decode_headers")
    for point in (*points, "http2_server_go_away_on_dispatch"):
        assert stats[f"overload.envoy.load_shed_points.{point}.scale_percent"] == 0
    heap = "overload.envoy.resource_monitors.fixed_heap"
    assert stats[f"{heap}.failed_updates"] == 0
    assert 0 <= stats[f"{heap}.pressure"] < 90
    assert "overload.envoy.resource_monitors.global_downstream_max_connections.pressure" in stats


async def test_runtime_guards_are_in_force(site: Site) -> None:
    entries = json.loads(await site.envoy.get("/runtime"))["entries"]
    assert {name: each["final_value"] for name, each in entries.items()} == {
        "overload.premature_reset_total_stream_count": "500",
        "overload.premature_reset_min_stream_lifetime_seconds": "1",
        "http.max_requests_per_io_cycle": "1",
        "re2.max_program_size.error_level": "4096",
        "envoy.reloadable_features.strict_chunk_parsing": "true",
    }
