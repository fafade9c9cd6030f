"""Certificates, the choosing TLS client, and the dialling HTTP client."""

import base64
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from tests.wire.harness import http
from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.origin import Origin


def where(endpoint: str) -> tuple[str, int]:
    address, _, port = endpoint.rpartition(":")
    return address, int(port)


async def test_a_handshake_shows_names_alpn_and_version(
    authority: Authority, tmp_path: Path
) -> None:
    context = authority.certificate("*.a.example", "a.example").server_context(
        tmp_path, "h2", "http/1.1"
    )
    async with Origin(tls=context) as origin:
        seen = await handshake(*where(origin.endpoint), sni="x.a.example", alpn=["h2"])
        assert set(seen.names) == {"*.a.example", "a.example"}
        assert (seen.alpn, seen.version) == ("h2", "TLSv1.3")
        old = await handshake(*where(origin.endpoint), sni=None, highest=ssl.TLSVersion.TLSv1_2)
        assert (old.alpn, old.version) == (None, "TLSv1.2")
        assert old.serial == seen.serial


@pytest.mark.parametrize("sni", ["x.a.example", None])
async def test_the_server_name_is_the_chosen_one_or_none(
    authority: Authority, tmp_path: Path, sni: str | None
) -> None:
    context = authority.certificate("*.a.example").server_context(tmp_path)
    told: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: told.append(name)
    async with Origin(tls=context) as origin:
        seen = await handshake(*where(origin.endpoint), sni=sni)
    assert told == [sni]
    assert x509.load_der_x509_certificate(seen.certificate).serial_number == seen.serial


async def test_a_refused_handshake_is_told(authority: Authority, tmp_path: Path) -> None:
    context = authority.certificate("a.example").server_context(tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    async with Origin(tls=context) as origin:
        with pytest.raises(RefusedError):
            await handshake(
                *where(origin.endpoint), sni="a.example", highest=ssl.TLSVersion.TLSv1_2
            )


async def test_https_to_a_name_dials_the_given_address(
    authority: Authority, tmp_path: Path
) -> None:
    context = authority.certificate("www.a.example").server_context(tmp_path)
    async with Origin(tls=context) as origin:
        address, port = where(origin.endpoint)
        trust = authority.client_context()
        async with http.client(address, ports={443: port}, tls=trust) as client:
            answer = await client.get("https://www.a.example/x")
            assert answer.json()["host"] == "www.a.example"
            with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
                await client.get("https://other.example/")


def test_a_secret_holds_the_pair(authority: Authority, tmp_path: Path) -> None:
    certificate = authority.certificate("a.example")
    secret = certificate.secret("a", "shop")
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["metadata"] == {"name": "a", "namespace": "shop"}
    assert base64.b64decode(secret["data"]["tls.crt"]) == certificate.chain
    _, key = certificate.write(tmp_path, "a")
    assert key.read_bytes() == base64.b64decode(secret["data"]["tls.key"])
    assert key.stat().st_mode & 0o077 == 0
