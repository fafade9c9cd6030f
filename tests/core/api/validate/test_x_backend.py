"""Rules on XBackend.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

TLS = "validation: {hostname: a.example.com, wellKnownCACertificates: System}"

CASES: list[Case] = [
    ("x-backend-member", "spec.externalHostname", "XBackend", "spec: {externalHostname: null}"),
    ("x-backend-tls-protocol", "spec.protocol", "XBackend", "spec: {protocol: HTTP2}"),
    ("x-backend-tls-protocol", "spec.protocol", "XBackend",
     "spec: {protocol: WSS, tls: {mode: None}}"),
    ("x-backend-tls-protocol", "spec.protocol", "XBackend",
     f"spec: {{protocol: H2C, tls: {{mode: ServerOnly, {TLS}}}}}"),
    ("x-backend-port-one", "spec.port", "XBackend", "spec: {port: {number: 2, port: 1}}"),
    ("x-backend-port-one", "spec.port", "XBackend", "spec: {port: {name: web}}"),
    ("x-backend-hostname", "spec.externalHostname.hostname", "XBackend",
     "spec: {externalHostname: {hostname: 127.0.0.1}}"),
    ("x-backend-hostname", "spec.externalHostname.hostname", "XBackend",
     "spec: {externalHostname: {hostname: a.b.svc.cluster.local}}"),
    ("x-backend-client-certificate", "spec.tls.clientCertificateRef", "XBackend",
     f"spec: {{tls: {{mode: ClientAndServer, {TLS}}}}}"),
    ("x-backend-client-certificate", "spec.tls.clientCertificateRef", "XBackend",
     f"spec: {{tls: {{mode: ServerOnly, clientCertificateRef: {{name: a}}, {TLS}}}}}"),
    ("x-backend-validation", "spec.tls.validation", "XBackend", "spec: {tls: {mode: ServerOnly}}"),
    ("x-backend-validation", "spec.tls.validation", "XBackend",
     f"spec: {{tls: {{mode: None, {TLS}}}}}"),
    ("ca-required", "spec.tls.validation", "XBackend",
     "spec: {tls: {mode: ServerOnly, validation: {hostname: a.example.com}}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
