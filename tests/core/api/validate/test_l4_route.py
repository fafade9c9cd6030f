"""TLSRoute, TCPRoute and UDPRoute.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    *(("single-rule", "spec.rules", kind,
       "spec: {rules: [{backendRefs: [{name: s, port: 1}]}, {backendRefs: [{name: s, port: 1}]}]}")
      for kind in ("TLSRoute", "TCPRoute", "UDPRoute")),
    ("hostnames-required", "spec.hostnames", "TLSRoute", "spec: {hostnames: []}"),
    ("hostname-is-ip", "spec.hostnames[1]", "TLSRoute", "spec: {hostnames: [a, 10.0.0.1]}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
