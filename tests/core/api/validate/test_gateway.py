"""Addresses of a Gateway, and ports of its TLS settings.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from portway.core import api
from tests.core.api.validate.documents import Case, broken, document

FRONTEND = "spec.tls.frontend"
BUNDLE = (
    "caCertificateRefs: [{group: certificates.k8s.io, kind: ClusterTrustBundle, name: a, "
    "namespace: b}]"
)
CASES: list[Case] = [
    *(("address-ip", "spec.addresses[0].value", "Gateway",
       f"spec: {{addresses: [{{value: '{value}'}}]}}")
      for value in ("a.example.com", "256.1.1.1", "01.1.1.1", "fe80::1%eth0", "1.1.1.1/8")),
    ("address-hostname", "spec.addresses[0].value", "Gateway",
     "spec: {addresses: [{type: Hostname, value: A_b}]}"),
    *(("address-routability", "spec.addresses[0].routability", "Gateway",
       f"spec: {{addresses: [{{routability: '{scope}'}}]}}")
      for scope in ("External", "/scope", "example.com/", "a..b/scope", "k8s.io/x",
                    "testing.x.k8s.io/x")),
    *(("address-unique", "spec.addresses[1].value", "Gateway",
       f"spec: {{addresses: [{{type: {type_}, value: '{value}'}}, "
       f"{{type: {type_}, value: '{value}'}}]}}")
      for type_, value in (("IPAddress", "127.0.0.1"), ("Hostname", "a.example.com"))),
    ("port-tls-unique", "spec.tls.frontend.perPort[1].port", "Gateway",
     "spec: {tls: {frontend: {default: {}, perPort: [{port: 1, tls: {}}, {port: 1, tls: {}}]}}}"),
    *(("trust-bundle-namespace", f"{FRONTEND}.{where}.caCertificateRefs[0].namespace", "Gateway",
       f"spec: {{tls: {{frontend: {frontend % BUNDLE}}}}}")
      for where, frontend in (
          ("default.validation", "{default: {validation: {%s}}}"),
          ("perPort[0].tls.validation",
           "{default: {}, perPort: [{port: 1, tls: {validation: {%s}}}]}"),
      )),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]


@pytest.mark.parametrize(
    "scope", ["", "Cluster", "example.com/lan", "x-k8s.io/x", "testing.x-k8s.io/sentinel", "a/b/c"]
)
def test_where_an_address_is_to_be_reached_from(scope: str) -> None:
    found = api.decode(document("Gateway", f"spec: {{addresses: [{{routability: '{scope}'}}]}}"))
    assert isinstance(found, api.Gateway)
    assert found.spec.addresses[0].routability == scope
