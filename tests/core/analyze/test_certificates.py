"""Certificates: where they are, what they cover, how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from portway.core import api, model
from portway.core.analyze import analyze
from portway.core.analyze.certificates import covered

EDGE = model.ObjectKey("Gateway", "runai", "edge")
SECRET = model.ObjectKey("Secret", "runai", "tls")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("names", "hostname", "good"),
    [
        (("a.example.com",), "a.example.com", True),
        (("*.example.com",), "a.example.com", True),
        (("*.example.com",), "a.b.example.com", False),
        (("*.example.com",), "*.example.com", True),
        (("*.example.com",), "*.b.example.com", False),
        (("*.example.com",), "example.com", False),
        ((), "example.com", False),
    ],
)
def test_a_wildcard_stands_for_one_label(names: tuple[str, ...], hostname: str, good: bool) -> None:
    assert covered(names, hostname) is good


def secret(*names: str, until: datetime = NOW + timedelta(days=90)) -> api.Secret:
    issued = trustme.CA().issue_cert(*names, not_after=until)
    data = {
        "tls.crt": b"".join(each.bytes() for each in issued.cert_chain_pems),
        "tls.key": issued.private_key_pem.bytes(),
    }
    metadata = api.ObjectMeta(name="tls", namespace="runai")
    return api.Secret(metadata=metadata, type="kubernetes.io/tls", data=data)


def codes(board: Any, *objects: api.Resource) -> set[str]:
    return {each.code for each in analyze(board, objects, NOW)} & {"PW041", "PW042", "PW043"}


def test_a_good_certificate_is_not_mentioned(board: Any) -> None:
    board.listener("one", "a.example.com", certificates=(SECRET,))
    assert codes(board, secret("*.example.com")) == set()


def test_a_certificate_for_another_host(board: Any) -> None:
    board.listener("one", "*.inference.example.com", certificates=(SECRET,))
    assert codes(board, secret("*.example.com")) == {"PW041"}


@pytest.mark.parametrize(("days", "code"), [(-1, "PW042"), (5, "PW043")])
def test_its_end(board: Any, days: int, code: str) -> None:
    board.listener("one", "a.example.com", certificates=(SECRET,))
    assert codes(board, secret("a.example.com", until=NOW + timedelta(days=days))) == {code}


def test_a_secret_of_another_namespace_is_found(board: Any, check: Any) -> None:
    board.listener("one", "a.example.com")
    board.findings.append(
        model.Finding(EDGE, "one", "ResolvedRefs", "InvalidCertificateRef", "no such Secret")
    )
    (issue,) = check("""
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: runai}
spec:
  gatewayClassName: portway
  listeners:
  - {name: one, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: inference-tls}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: inference-tls, namespace: knative-serving}
""")["PW040"]
    assert issue.field == "spec.listeners[0].tls.certificateRefs"
    assert "Secret inference-tls is in namespace knative-serving: copy it to runai" in issue.cure
    assert "ReferenceGrant" in issue.cure
