"""Filters that only HTTPRoute has.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import (
    AUTH,
    CORS,
    REDIRECT,
    REWRITE,
    Case,
    broken,
    document,
    one_filter,
    one_rule,
)

CASES: list[Case] = [
    ("filter-redirect-and-rewrite", "spec.rules[0].filters[1]", "HTTPRoute",
     one_rule(f"filters: [{REDIRECT % ''}, {REWRITE % ''}]")),
    ("filter-redirect-and-rewrite", "spec.rules[0].backendRefs[0].filters[1]", "HTTPRoute",
     one_rule(f"backendRefs: [{{name: s, port: 1, filters: [{REWRITE % ''}, {REDIRECT % ''}]}}]")),
    *((f"path-modifier-{fault}", f"spec.rules[0].filters[0].{place}.path.{member}", "HTTPRoute",
       one_rule(f"filters: [{filter_ % f'path: {{{members}}}'}]"))
      for place, filter_ in (("requestRedirect", REDIRECT), ("urlRewrite", REWRITE))
      for fault, member, members in (
          ("missing", "replaceFullPath", "type: ReplaceFullPath"),
          ("missing", "replacePrefixMatch", "type: ReplacePrefixMatch"),
          ("unexpected", "replaceFullPath",
           "type: ReplacePrefixMatch, replacePrefixMatch: /x, replaceFullPath: /x"),
          ("unexpected", "replacePrefixMatch",
           "type: ReplaceFullPath, replacePrefixMatch: /x, replaceFullPath: /x"),
      )),
    *(("cors-wildcard-alone", f"spec.rules[0].filters[0].cors.{member}", "HTTPRoute",
       one_filter(CORS % f'{member}: ["*", {other}]'))
      for member, other in (
          ("allowOrigins", "'http://a'"), ("allowMethods", "GET"), ("allowHeaders", "a"))),
    *(("cors-unique", f"spec.rules[0].filters[0].cors.{member}[1]", "HTTPRoute",
       one_filter(CORS % f"{member}: [{value}, {value}]"))
      for member, value in (
          ("allowOrigins", "'http://a'"), ("allowMethods", "GET"), ("allowHeaders", "a"),
          ("exposeHeaders", "a"))),
    ("external-auth-member-missing", "spec.rules[0].filters[0].externalAuth.http", "HTTPRoute",
     one_filter(AUTH % "protocol: HTTP")),
    ("external-auth-member-missing", "spec.rules[0].filters[0].externalAuth.grpc", "HTTPRoute",
     one_filter(AUTH % "protocol: GRPC")),
    ("external-auth-member-unexpected", "spec.rules[0].filters[0].externalAuth.http", "HTTPRoute",
     one_filter(AUTH % "protocol: GRPC, grpc: {}, http: {}")),
    ("external-auth-member-unexpected", "spec.rules[0].filters[0].externalAuth.grpc", "HTTPRoute",
     one_filter(AUTH % "protocol: HTTP, grpc: {}, http: {}")),
    *(("external-auth-headers-unique", f"spec.rules[0].filters[0].externalAuth.{place}[1]",
       "HTTPRoute", one_filter(AUTH % members))
      for place, members in (
          ("grpc.allowedHeaders", "protocol: GRPC, grpc: {allowedHeaders: [a, a]}"),
          ("http.allowedHeaders", "protocol: HTTP, http: {allowedHeaders: [a, a]}"),
          ("http.allowedResponseHeaders",
           "protocol: HTTP, http: {allowedResponseHeaders: [a, a]}"),
      )),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
