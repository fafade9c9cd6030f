"""References to parents and backends.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import MIRROR, PARENTS, Case, broken, document, one_filter

CASES: list[Case] = [
    *(("service-port-required", "spec.rules[0].backendRefs[0].port", kind,
       "spec: {rules: [{backendRefs: [{name: s}]}]}")
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("service-port-required", "spec.rules[0].filters[0].requestMirror.backendRef.port",
     "GRPCRoute", one_filter(MIRROR % "backendRef: {name: s}")),
    ("service-port-required", "spec.rules[0].filters[0].externalAuth.backendRef.port",
     "HTTPRoute",
     one_filter("type: ExternalAuth, "
             "externalAuth: {backendRef: {name: s}, protocol: GRPC, grpc: {}}")),
    *(("parent-ref-distinguished", "spec.parentRefs[1]", kind,
       PARENTS % ("{name: g, sectionName: a}", "{name: g}"))
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("parent-ref-distinguished", "spec.parentRefs[1]", "HTTPRoute",
     PARENTS % ("{name: g, port: 80}", "{name: g, sectionName: a}")),
    *(("parent-ref-unique", "spec.parentRefs[1]", kind,
       PARENTS % ("{name: g, kind: Gateway}", "{name: g}"))
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("parent-ref-unique", "spec.parentRefs[1]", "HTTPRoute",
     PARENTS % ("{name: g, namespace: n, sectionName: a, port: 1}",
                 "{name: g, namespace: n, sectionName: a, port: 1}")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
