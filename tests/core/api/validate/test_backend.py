"""Endpoints of a Backend.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("backend-one-member", "spec.endpoints[0]", "Backend", "spec: {endpoints: [{}]}"),
    ("backend-one-member", "spec.endpoints[0]", "Backend",
     "spec: {endpoints: [{ip: {address: '::1', port: 1}, unix: {path: /a}}]}"),
    ("backend-address-ip", "spec.endpoints[0].ip.address", "Backend",
     "spec: {endpoints: [{ip: {address: localhost, port: 1}}]}"),
    ("backend-endpoint-unique", "spec.endpoints[1]", "Backend",
     "spec: {endpoints: [{unix: {path: /a}}, {unix: {path: /a}}]}"),
    ("backend-names-and-sockets", "spec.endpoints[1].unix", "Backend",
     "spec: {endpoints: [{hostname: {name: a, port: 1}}, {unix: {path: /a}}]}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
