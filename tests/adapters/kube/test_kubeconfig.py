"""A context of a kubeconfig, and what is said when it cannot be used."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portway.adapters.kube.access import AccessError
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
