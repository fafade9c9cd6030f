"""Addresses and ports of an EndpointSlice.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    *(("endpoint-address", "endpoints[0].addresses[0]", "EndpointSlice",
       f"{{addressType: {type_}, endpoints: [{{addresses: ['{address}']}}]}}")
      for type_, address in (
          ("IPv4", "::1"), ("IPv4", "a.example.com"), ("IPv6", "127.0.0.1"), ("FQDN", "*.a"))),
    ("endpoint-addresses-unique", "endpoints[0].addresses[1]", "EndpointSlice",
     "endpoints: [{addresses: [10.0.0.1, 10.0.0.1]}]"),
    ("endpoint-port-name-unique", "ports[1].name", "EndpointSlice",
     "ports: [{port: 1}, {port: 2}]"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
