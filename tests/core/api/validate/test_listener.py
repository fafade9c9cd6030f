"""Listeners, of a Gateway and of a ListenerSet.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, all_listeners, broken, document, one_listener

AUTH_FILTER = (
    "{type: ExternalAuth, externalAuth: {protocol: HTTP, http: {}, backendRef: {name: s, port: 1}}}"
)
CASES: list[Case] = [
    case
    for kind in ("Gateway", "ListenerSet")
    for case in (
        *(("listener-tls-forbidden", "spec.listeners[0].tls", kind,
           one_listener(f"protocol: {protocol}, tls: {{certificateRefs: [{{name: c}}]}}"))
          for protocol in ("HTTP", "TCP", "UDP")),
        ("listener-tls-terminate", "spec.listeners[0].tls.mode", kind,
         one_listener("protocol: HTTPS, tls: {mode: Passthrough}")),
        ("listener-tls-required", "spec.listeners[0].tls", kind, one_listener("protocol: TLS")),
        ("listener-certificates-required", "spec.listeners[0].tls.certificateRefs", kind,
         one_listener("protocol: TLS, tls: {}")),
        *(("listener-hostname-forbidden", "spec.listeners[0].hostname", kind,
           one_listener(f"protocol: {protocol}, hostname: a.example.com"))
          for protocol in ("TCP", "UDP")),
        *(("listener-filters-forbidden", "spec.listeners[0].filters", kind,
           one_listener(f"protocol: {protocol}, filters: {{requests: [{AUTH_FILTER}]}}"))
          for protocol in ("TCP", "UDP")),
        ("external-auth-member-missing",
         "spec.listeners[0].filters.requests[0].externalAuth.http", kind,
         one_listener("protocol: HTTP, filters: {requests: [{type: ExternalAuth, externalAuth: "
                      "{protocol: HTTP, backendRef: {name: s, port: 1}}}]}")),
        ("filter-member-missing", "spec.listeners[0].filters.requests[0].extensionRef", kind,
         one_listener("protocol: HTTP, filters: {requests: [{type: ExtensionRef}]}")),
        ("listener-name-unique", "spec.listeners[1].name", kind,
         all_listeners("name: a, port: 1, protocol: HTTP", "name: a, port: 2, protocol: HTTP")),
        *(("listener-unique", "spec.listeners[1]", kind,
           all_listeners(f"name: a, port: 1, protocol: HTTP{host}",
                      f"name: b, port: 1, protocol: HTTP{host}"))
          for host in ("", ", hostname: a.example.com")),
    )
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
