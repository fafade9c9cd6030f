"""What filters of HTTPRoute and GRPCRoute have in common.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import (
    CORS,
    HEADER_FILTER,
    MIRROR,
    Case,
    broken,
    document,
    one_filter,
    one_rule,
)

CASES: list[Case] = [
    *(("filter-member-missing", f"spec.rules[0].filters[0].{member}", kind,
       one_filter(f"type: {type_}"))
      for kind, type_, member in (
          ("HTTPRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("HTTPRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("HTTPRoute", "RequestMirror", "requestMirror"),
          ("HTTPRoute", "RequestRedirect", "requestRedirect"),
          ("HTTPRoute", "URLRewrite", "urlRewrite"),
          ("HTTPRoute", "CORS", "cors"),
          ("HTTPRoute", "ExternalAuth", "externalAuth"),
          ("HTTPRoute", "ExtensionRef", "extensionRef"),
          ("GRPCRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("GRPCRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("GRPCRoute", "RequestMirror", "requestMirror"),
          ("GRPCRoute", "ExtensionRef", "extensionRef"),
      )),
    *(("filter-member-unexpected", f"spec.rules[0].filters[0].{member}", kind,
       one_filter(f"{CORS % ''}, {member}: {value}" if kind == "HTTPRoute"
               else f"type: RequestHeaderModifier, requestHeaderModifier: {{}}, {member}: {value}"))
      for kind, member, value in (
          ("HTTPRoute", "requestHeaderModifier", "{}"),
          ("HTTPRoute", "responseHeaderModifier", "{}"),
          ("HTTPRoute", "requestMirror", "{backendRef: {name: s, port: 1}}"),
          ("HTTPRoute", "requestRedirect", "{}"),
          ("HTTPRoute", "urlRewrite", "{}"),
          ("HTTPRoute", "externalAuth",
           "{protocol: GRPC, backendRef: {name: s, port: 1}, grpc: {}}"),
          ("HTTPRoute", "extensionRef", "{group: a, kind: B, name: c}"),
          ("GRPCRoute", "responseHeaderModifier", "{}"),
          ("GRPCRoute", "requestMirror", "{backendRef: {name: s, port: 1}}"),
          ("GRPCRoute", "extensionRef", "{group: a, kind: B, name: c}"),
      )),
    ("filter-member-unexpected", "spec.rules[0].filters[0].cors", "HTTPRoute",
     one_filter(f"{HEADER_FILTER % ''}, cors: {{}}")),
    ("filter-member-unexpected", "spec.rules[0].filters[0].requestHeaderModifier", "GRPCRoute",
     one_filter("type: ResponseHeaderModifier, responseHeaderModifier: {}, "
             "requestHeaderModifier: {}")),
    *(("filter-repeated", "spec.rules[0].filters[1]", kind,
       one_rule(f"filters: [{{type: {type_}, {member}: {{}}}}, {{type: {type_}, {member}: {{}}}}]"))
      for kind, type_, member in (
          ("HTTPRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("HTTPRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("HTTPRoute", "RequestRedirect", "requestRedirect"),
          ("HTTPRoute", "URLRewrite", "urlRewrite"),
          ("HTTPRoute", "CORS", "cors"),
          ("GRPCRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("GRPCRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
      )),
    *(("filter-repeated", "spec.rules[0].backendRefs[0].filters[1]", kind,
       one_rule("backendRefs: [{name: s, port: 1, filters: ["
             f"{{{HEADER_FILTER % ''}}}, {{{HEADER_FILTER % ''}}}]}}]"))
      for kind in ("HTTPRoute", "GRPCRoute")),
    *(("header-unique", f"spec.rules[0].filters[0].requestHeaderModifier.{place}", kind,
       one_filter(HEADER_FILTER % members))
      for kind in ("HTTPRoute", "GRPCRoute")
      for place, members in (
          ("set[1].name", "set: [{name: a, value: b}, {name: a, value: c}]"),
          ("add[1].name", "add: [{name: a, value: b}, {name: a, value: c}]"),
          ("remove[2]", "remove: [a, b, a]"),
      )),
    ("header-unique", "spec.rules[0].filters[0].responseHeaderModifier.remove[1]", "HTTPRoute",
     one_filter("type: ResponseHeaderModifier, responseHeaderModifier: {remove: [a, a]}")),
    ("mirror-one-share", "spec.rules[0].filters[0].requestMirror.fraction", "HTTPRoute",
     one_filter(MIRROR % "backendRef: {name: s, port: 1}, percent: 0, fraction: {numerator: 1}")),
    ("fraction-at-most-one", "spec.rules[0].filters[0].requestMirror.fraction.numerator",
     "GRPCRoute",
     one_filter(MIRROR % "backendRef: {name: s, port: 1}, fraction: {numerator: 101}")),
    *(("session-lifetime-timeout", "spec.rules[0].sessionPersistence.absoluteTimeout", kind,
       one_rule(f"sessionPersistence: {{{cookie}: {{lifetimeType: Permanent}}}}"))
      for kind in ("HTTPRoute", "GRPCRoute") for cookie in ("cookie", "cookieConfig")),
    *(("session-member-unexpected", f"spec.rules[0].sessionPersistence.{cookie}", "HTTPRoute",
       one_rule(f"sessionPersistence: {{type: Header, {cookie}: {{}}}}"))
      for cookie in ("cookie", "cookieConfig")),
    ("session-member-unexpected", "spec.rules[0].sessionPersistence.header", "GRPCRoute",
     one_rule("sessionPersistence: {header: {name: a}}")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
