"""A pod's service account."""

from pathlib import Path

import pytest

from portway.adapters.kube.access import AccessError
from portway.adapters.kube.in_cluster import in_cluster
from tests.adapters.kube.service_account import AUTHORITY, sent


def test_a_pods_service_account(tmp_path: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(AccessError, match="this is no pod"):
        in_cluster({}, tmp_path)
    with pytest.raises(AccessError, match="there is no token"):
        in_cluster(environ, tmp_path)
    (tmp_path / "token").write_text("jwt")
    with pytest.raises(AccessError, match="certificate authority"):
        in_cluster(environ, tmp_path)
    (tmp_path / "ca.crt").write_bytes(AUTHORITY.cert_pem.bytes())
    found = in_cluster(environ, tmp_path)
    assert found.server == "https://[fd00::1]:443"
    assert sent(found.token) == ["Bearer jwt"]
