"""Ports and addresses of a Service.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("service-ports-required", "spec.ports", "Service", "spec: {ports: []}"),
    ("service-port-name-required", "spec.ports[1].name", "Service",
     "spec: {ports: [{name: a, port: 1}, {port: 2}]}"),
    ("service-port-name-unique", "spec.ports[1].name", "Service",
     "spec: {ports: [{name: a, port: 1}, {name: a, port: 2}]}"),
    ("service-port-unique", "spec.ports[1].port", "Service",
     "spec: {ports: [{name: a, port: 1}, {name: b, port: 1}]}"),
    ("service-external-name", "spec.externalName", "Service", "spec: {type: ExternalName}"),
    ("service-cluster-ip", "spec.clusterIP", "Service", "spec: {clusterIP: none}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
