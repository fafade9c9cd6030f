"""Matches of GRPCRoute.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document, one_rule

CASES: list[Case] = [
    ("grpc-method-empty", "spec.rules[0].matches[0].method", "GRPCRoute",
     one_rule("matches: [{method: {}}]")),
    *(("grpc-service-characters", "spec.rules[0].matches[0].method.service", "GRPCRoute",
       one_rule(f"matches: [{{method: {{service: '{service}'}}}}]"))
      for service in ("", "a/b", "a..b", "1a", "a.")),
    *(("grpc-method-characters", "spec.rules[0].matches[0].method.method", "GRPCRoute",
       one_rule(f"matches: [{{method: {{method: '{method}'}}}}]"))
      for method in ("", "a/b", "a.b", "1a")),
    ("grpc-match-unique", "spec.rules[0].matches[0].headers[1].name", "GRPCRoute",
     one_rule("matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
