"""Rules of routes: matches, paths, timeouts, names.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import (
    MANY,
    PREFIX,
    REDIRECT,
    REWRITE,
    Case,
    broken,
    document,
    one_path,
    one_rule,
)

CASES: list[Case] = [
    *(("path-absolute", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       one_path(f"type: {type_}, value: x")) for type_ in ("Exact", "PathPrefix")),
    *(("path-sequence", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       one_path(f"type: {type_}, value: '{value}'"))
      for type_ in ("Exact", "PathPrefix")
      for value in ("/a//b", "/a/./b", "/a/../b", "/a%2fb", "/a%2Fb", "/a/..", "/a/.")),
    *(("path-characters", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       one_path(f"type: {type_}, value: '{value}'"))
      for type_ in ("Exact", "PathPrefix")
      for value in ("/a#b", "/a b", "/a?b", "/é", "/%zz", "/%")),
    ("match-unique", "spec.rules[0].matches[0].headers[1].name", "HTTPRoute",
     one_rule("matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]")),
    ("match-unique", "spec.rules[0].matches[0].queryParams[1].name", "HTTPRoute",
     one_rule("matches: [{queryParams: [{name: a, value: b}, {name: a, value: c}]}]")),
    ("redirect-with-backends", "spec.rules[0].filters[0].requestRedirect", "HTTPRoute",
     one_rule(f"filters: [{REDIRECT % ''}], backendRefs: [{{name: s, port: 1}}]")),
    *(("prefix-replacement-match", f"spec.rules[0].{place}.path", "HTTPRoute",
       one_rule(f"matches: [{matches}], {members}"))
      for matches in ("", "{}, {}", "{path: {type: Exact}}", "{path: {type: RegularExpression}}")
      for place, members in (
          ("filters[0].requestRedirect", f"filters: [{REDIRECT % PREFIX}]"),
          ("filters[0].urlRewrite", f"filters: [{REWRITE % PREFIX}]"),
          ("backendRefs[0].filters[0].requestRedirect",
           f"backendRefs: [{{name: s, port: 1, filters: [{REDIRECT % PREFIX}]}}]"),
          ("backendRefs[0].filters[0].urlRewrite",
           f"backendRefs: [{{name: s, port: 1, filters: [{REWRITE % PREFIX}]}}]"),
      )),
    ("timeout-order", "spec.rules[0].timeouts.backendRequest", "HTTPRoute",
     one_rule("timeouts: {request: 1s, backendRequest: 1s1ms}")),
    ("retry-codes-unique", "spec.rules[0].retry.codes[1]", "HTTPRoute",
     one_rule("retry: {codes: [500, 500]}")),
    ("rule-name-unique", "spec.rules[2].name", "HTTPRoute",
     "spec: {rules: [{name: a}, {}, {name: a}]}"),
    ("rule-name-unique", "spec.rules[1].name", "GRPCRoute",
     "spec: {rules: [{name: a}, {name: a}]}"),
    *(("match-count", "spec.rules", kind,
       f"spec: {{rules: [{{matches: [{MANY}]}}, {{matches: [{MANY}]}}, {{matches: [{{}}]}}]}}")
      for kind in ("HTTPRoute", "GRPCRoute")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
