"""A context of a kubeconfig, and what is said when it cannot be used."""

import asyncio
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portway.adapters.kube.access import AccessError
from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import Unreachable
from portway.adapters.kube.kubeconfig import default_path, from_kubeconfig
from tests.adapters.kube.service_account import AUTHORITY, sent


def written(folder: Path, user: dict[str, Any], cluster: dict[str, Any], **more: Any) -> Path:
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443/", **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
        **more,
    }
    path = folder / "config"
    path.write_bytes(msgspec.json.encode(document))
    return path


def test_data_in_the_file_and_files_beside_it(tmp_path: Path) -> None:
    ca = AUTHORITY.cert_pem.bytes()
    leaf = AUTHORITY.issue_cert("client")
    pair = (leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())
    inline = from_kubeconfig(
        written(
            tmp_path,
            {
                "client-certificate-data": b64encode(pair[0]).decode(),
                "client-key-data": b64encode(pair[1]).decode(),
            },
            {"certificate-authority-data": b64encode(ca).decode(), "proxy-url": "http://p:1"},
        )
    )
    assert inline.server == "https://10.0.0.1:6443"
    assert inline.proxy == "http://p:1"
    assert len(inline.context.get_ca_certs()) == 1
    for name, content in (("ca", ca), ("crt", pair[0]), ("key", pair[1])):
        (tmp_path / name).write_bytes(content)
    files = {"client-certificate": "crt", "client-key": "key"}
    beside = from_kubeconfig(written(tmp_path, files, {"certificate-authority": "ca"}))
    assert len(beside.context.get_ca_certs()) == 1
    with pytest.raises(AccessError, match="client certificate is unusable"):
        from_kubeconfig(written(tmp_path, {"client-certificate": "ca", "client-key": "key"}, {}))


def test_a_token_and_a_token_file(tmp_path: Path) -> None:
    fixed = from_kubeconfig(written(tmp_path, {"token": "abc"}, {}))
    assert sent(fixed.token) == ["Bearer abc"]
    (tmp_path / "token").write_text("first\n")
    found = from_kubeconfig(written(tmp_path, {"token": "abc", "tokenFile": "token"}, {}))
    assert sent(found.token) == ["Bearer first"]
    nobody = from_kubeconfig(written(tmp_path, {}, {}))
    assert sent(nobody.token) == [""]


@pytest.mark.parametrize(
    ("user", "more", "said"),
    [
        ({"exec": {"command": "aws"}}, {}, r"needs a plugin \(exec\)"),
        ({"auth-provider": {"name": "gcp"}}, {}, "auth-provider"),
        ({"tokenFile": "none"}, {}, "token in .*none cannot be read"),
        ({}, {"current-context": ""}, "no current-context"),
        ({}, {"current-context": "y"}, "no context named 'y'"),
        ({}, {"clusters": []}, "no cluster named 'c'"),
        ({}, {"clusters": [{"name": "c", "cluster": {"server": 7}}]}, "no server URL"),
        ({"client-certificate-data": "?"}, {}, "client-certificate-data is not base64"),
        ({"client-key-data": "eA=="}, {}, "has no client-certificate; it needs both"),
        ({"as-groups": ["admins"]}, {}, r"needs impersonation \(as-groups\)"),
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: Path, user: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(AccessError, match=said):
        from_kubeconfig(written(tmp_path, user, {}, **more))


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ({"proxy-url": "socks5://p:1"}, "socks5://p:1, of a scheme that Portway does not support"),
        (
            {"proxy-url": "http://p:1", "tls-server-name": "x"},
            "both a proxy-url and a tls-server-name",
        ),
        (
            {
                "insecure-skip-tls-verify": True,
                "certificate-authority-data": b64encode(AUTHORITY.cert_pem.bytes()).decode(),
            },
            "both a certificate-authority and insecure-skip-tls-verify",
        ),
    ],
)
def test_a_cluster_that_cannot_be_reached_as_it_says(
    tmp_path: Path, cluster: dict[str, Any], said: str
) -> None:
    with pytest.raises(AccessError, match=said):
        from_kubeconfig(written(tmp_path, {}, cluster))


def test_who_is_not_to_be_held_against_anything_is_not(tmp_path: Path) -> None:
    found = from_kubeconfig(written(tmp_path, {}, {"insecure-skip-tls-verify": True}))
    assert not found.context.check_hostname


async def test_the_certificate_is_held_against_the_name_that_is_given(tmp_path: Path) -> None:
    """A real server, whose certificate is for another name than its address."""
    asked: list[str | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("kubernetes.example.com").configure_cert(tls)
    tls.sni_callback = lambda _object, name, _context: asked.append(name)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    cluster = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority-data": b64encode(AUTHORITY.cert_pem.bytes()).decode(),
    }
    async with server:
        named = {**cluster, "tls-server-name": "kubernetes.example.com"}
        client = Client(from_kubeconfig(written(tmp_path, {}, named)))
        assert await client.get("/version") == b"{}"
        async with client.lines("/api/v1/pods", {"watch": "true"}) as lines:
            assert [each async for each in lines] == []
        await client.close()
        assert asked == ["kubernetes.example.com"] * 2
        for wrong in (cluster, {**cluster, "tls-server-name": "other.example.com"}):
            client = Client(from_kubeconfig(written(tmp_path, {}, wrong)))
            with pytest.raises(Unreachable, match="certificate verify failed"):
                await client.get("/version")
            await client.close()


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="cannot be read"):
        from_kubeconfig(tmp_path / "none")
    (tmp_path / "list").write_text("[]")
    with pytest.raises(AccessError, match="is no kubeconfig"):
        from_kubeconfig(tmp_path / "list")
    named = {"KUBECONFIG": f"{tmp_path / 'none'}:{tmp_path / 'list'}"}
    assert default_path(named) == tmp_path / "list"
    assert default_path({"KUBECONFIG": str(tmp_path / "none")}) is None
