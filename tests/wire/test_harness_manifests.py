"""Manifests come out as the objects that went in, and are never seen half written."""

from pathlib import Path

import yaml

from tests.wire.harness import manifests
from tests.wire.harness.portway import condition, find_status


def test_documents_survive_the_way_through_yaml(tmp_path: Path) -> None:
    documents = [
        manifests.gateway("web", [manifests.listener("https", 443, protocol="HTTPS", secret="s")]),
        manifests.service("app", "127.0.0.1:1", "127.0.0.1:2"),
        manifests.http_route(
            "r", "web", [manifests.rule(manifests.backend("app"))], hostnames=["a.example"]
        ),
    ]
    path = tmp_path / "site.yaml"
    manifests.write(path, documents)
    assert list(yaml.safe_load_all(path.read_text())) == documents
    assert list(tmp_path.iterdir()) == [path]


def test_a_listener_with_a_secret_terminates_tls() -> None:
    made = manifests.listener("https", 443, protocol="HTTPS", hostname="a", secret="s")
    assert made["tls"] == {"mode": "Terminate", "certificateRefs": [{"name": "s"}]}


def test_a_service_names_its_endpoints() -> None:
    made = manifests.service("app", "127.0.0.1:1", "127.0.0.1:2", app_protocol="kubernetes.io/h2c")
    annotations = made["metadata"]["annotations"]
    assert annotations == {"portway.dev/endpoints": "127.0.0.1:1, 127.0.0.1:2"}
    assert made["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"


def test_status_is_found_by_kind_namespace_and_name() -> None:
    status = {"conditions": [{"type": "Programmed", "status": "True"}]}
    entry = {"kind": "Gateway", "namespace": "a", "name": "web", "status": status}
    document = {"objects": [{**entry, "namespace": "b", "status": {}}, entry]}
    assert find_status(document, "Gateway", "web", "a") == status
    assert find_status(document, "Gateway", "web", "c") is None
    assert condition(status, "Programmed") == "True"
    assert condition(status, "Accepted") is None
