"""Who we are, from a kubeconfig or from a pod's service account."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import trustme

from portway.adapters.kube.access import AccessError, Token
from portway.adapters.kube.in_cluster import in_cluster
from portway.adapters.kube.kubeconfig import default_path, from_kubeconfig


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


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


def sent(token: Token, answer: int = 200) -> list[str]:
    """The Authorization headers of one request."""
    flow = token.auth_flow(httpx.Request("GET", "http://server"))
    found = []
    try:
        request = next(flow)
        while True:
            found.append(request.headers.get("Authorization", ""))
            request = flow.send(httpx.Response(answer))
    except StopIteration:
        return found


def test_data_in_the_file_and_files_beside_it(tmp_path: Path, authority: trustme.CA) -> None:
    ca = authority.cert_pem.bytes()
    leaf = authority.issue_cert("client")
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


def test_a_token_is_read_again_after_a_while_and_when_it_is_refused(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "token"
    path.write_text("first")
    token = Token(path=path, clock=lambda: now[0])
    path.write_text("second")
    assert sent(token) == ["Bearer first"]
    assert sent(token, 401) == ["Bearer first", "Bearer second"]
    assert sent(token, 401) == ["Bearer second"]
    path.write_text("third")
    now[0] = 61.0
    assert sent(token) == ["Bearer third"]
    path.unlink()
    now[0] = 130.0
    assert sent(token) == ["Bearer third"]


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
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: Path, user: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(AccessError, match=said):
        from_kubeconfig(written(tmp_path, user, {}, **more))


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="cannot be read"):
        from_kubeconfig(tmp_path / "none")
    (tmp_path / "list").write_text("[]")
    with pytest.raises(AccessError, match="is no kubeconfig"):
        from_kubeconfig(tmp_path / "list")
    named = {"KUBECONFIG": f"{tmp_path / 'none'}:{tmp_path / 'list'}"}
    assert default_path(named) == tmp_path / "list"
    assert default_path({"KUBECONFIG": str(tmp_path / "none")}) is None


def test_a_pods_service_account(tmp_path: Path, authority: trustme.CA) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(AccessError, match="this is no pod"):
        in_cluster({}, tmp_path)
    with pytest.raises(AccessError, match="there is no token"):
        in_cluster(environ, tmp_path)
    (tmp_path / "token").write_text("jwt")
    with pytest.raises(AccessError, match="certificate authority"):
        in_cluster(environ, tmp_path)
    (tmp_path / "ca.crt").write_bytes(authority.cert_pem.bytes())
    found = in_cluster(environ, tmp_path)
    assert found.server == "https://[fd00::1]:443"
    assert sent(found.token) == ["Bearer jwt"]
