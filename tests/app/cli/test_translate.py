"""`portway translate`: all three steps, and no secret in any of them."""

import base64
import json
from pathlib import Path

import trustme
import yaml
from click.testing import CliRunner

from portway.app.cli import main

SITE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: portway
  listeners:
  - name: https
    hostname: a.example.com
    port: 8443
    protocol: HTTPS
    tls: {certificateRefs: [{name: tls}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: a, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: a, annotations: {portway.dev/endpoints: "127.0.0.1:3000"}}
spec: {ports: [{port: 80}]}
"""


def _with_secret(folder: Path) -> bytes:
    issued = trustme.CA().issue_cert("a.example.com")
    key = issued.private_key_pem.bytes()
    data = {
        "tls.crt": base64.b64encode(issued.cert_chain_pems[0].bytes()).decode(),
        "tls.key": base64.b64encode(key).decode(),
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "tls"},
        "type": "kubernetes.io/tls",
        "data": data,
    }
    (folder / "site.yaml").write_text(SITE + "---\n" + yaml.safe_dump(secret))
    return key


def test_every_step_is_shown_and_no_key(tmp_path: Path) -> None:
    key = _with_secret(tmp_path)
    result = CliRunner().invoke(main, ["translate", str(tmp_path)])
    assert result.exit_code == 0, result.output
    found = yaml.safe_load(result.output)
    types = {each["resource"]["@type"].rpartition(".")[2] for each in found["xds"]}
    assert types == {
        "Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration", "Secret",
    }  # fmt: skip
    (gateway,) = found["model"]["gateways"]
    (table,) = gateway["ports"][0]["tables"]
    assert "a.example.com" in [each["domain"] for each in table["virtualHosts"]]
    kinds = [each["kind"] for each in found["status"]]
    assert "HTTPRoute" in kinds
    for line in key.decode().splitlines()[1:-1]:
        assert line not in result.output
    assert base64.b64encode(key).decode()[:40] not in result.output


def test_one_step_in_json(tmp_path: Path) -> None:
    _with_secret(tmp_path)
    result = CliRunner().invoke(
        main, ["translate", str(tmp_path), "--what", "status", "-o", "json"]
    )
    assert list(json.loads(result.output)) == ["status"]
