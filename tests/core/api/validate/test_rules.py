"""The rules between fields as a whole: none without a case, none that refuses too much.

The cases themselves stand beside this file, one file per file of rules.
"""

import pytest

from portway.core import api
from portway.core.api.validate import RULES
from tests.core.api.validate import (
    test_backend,
    test_backend_tls_policy,
    test_cluster_trust_bundle,
    test_config_map,
    test_endpoint_slice,
    test_filters,
    test_gateway,
    test_grpc_route,
    test_http_filter,
    test_http_route,
    test_inference_pool,
    test_l4_route,
    test_listener,
    test_metadata,
    test_proxy_config,
    test_reference,
    test_secret,
    test_service,
    test_token_limit,
    test_x_backend,
    test_x_backend_traffic_policy,
)
from tests.core.api.validate.documents import (
    BASE,
    PARENTS,
    PREFIX,
    REDIRECT,
    Case,
    document,
    one_filter,
    one_listener,
    one_path,
    one_rule,
)

CASES: list[Case] = [
    *test_backend.CASES,
    *test_backend_tls_policy.CASES,
    *test_cluster_trust_bundle.CASES,
    *test_config_map.CASES,
    *test_endpoint_slice.CASES,
    *test_filters.CASES,
    *test_gateway.CASES,
    *test_grpc_route.CASES,
    *test_http_filter.CASES,
    *test_http_route.CASES,
    *test_inference_pool.CASES,
    *test_l4_route.CASES,
    *test_listener.CASES,
    *test_metadata.CASES,
    *test_reference.CASES,
    *test_secret.CASES,
    *test_service.CASES,
    *test_proxy_config.CASES,
    *test_token_limit.CASES,
    *test_x_backend.CASES,
    *test_x_backend_traffic_policy.CASES,
]


@pytest.mark.parametrize("kind", BASE)
def test_the_smallest_document_is_valid(kind: str) -> None:
    assert api.decode(document(kind, "{}")).kind == kind


def test_every_rule_has_a_case() -> None:
    elsewhere = {"name-dns-label", "controller-name-immutable"}
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert set(ids) == {rule for rule, *_ in CASES} | elsewhere


@pytest.mark.parametrize(
    ("kind", "overlay"),
    [
        # What the spec leaves open is answered in status, not refused.
        ("Gateway", one_listener("protocol: INVALID")),
        ("Gateway", one_listener("protocol: example.com/bar")),
        ("Gateway", one_listener("protocol: HTTPS")),
        ("Gateway",
         "spec: {addresses: [{type: test/fake, value: x}, {type: test/fake, value: x}]}"),
        ("Gateway", "spec: {infrastructure: {parametersRef: {group: a.b, kind: C, name: d}}}"),
        ("HTTPRoute", one_rule("backendRefs: [{group: a.b, kind: Unheard, name: x}]")),
        ("HTTPRoute", one_rule("backendRefs: [{group: a.b, kind: Service, name: x}]")),
        ("HTTPRoute", one_filter("type: ExtensionRef, extensionRef: {group: a, kind: B, name: c}")),
        ("HTTPRoute", "spec: {hostnames: [10.0.0.1]}"),
        ("HTTPRoute", one_rule("timeouts: {request: 0s, backendRequest: 1s}")),
        ("HTTPRoute", one_rule("timeouts: {request: 1s, backendRequest: 1000ms}")),
        ("HTTPRoute", one_path("type: RegularExpression, value: '(not a regex'")),
        ("HTTPRoute", PARENTS % ("{name: g, port: 1}", "{name: g, port: 2}")),
        ("HTTPRoute", PARENTS % ("{name: g}", "{name: g, namespace: other, sectionName: a}")),
        ("HTTPRoute", one_rule(f"filters: [{REDIRECT % PREFIX}]")),
        ("HTTPRoute",
         one_rule(f"backendRefs: [{{name: s, port: 1, filters: [{REDIRECT % ''}]}}]")),
        ("Secret", "{type: kubernetes.io/tls, data: {tls.crt: '', tls.key: bm90IFBFTQ==}}"),
        ("Service", "spec: {clusterIP: None, ports: []}"),
        ("Service", "spec: {type: ExternalName, externalName: example.com, ports: []}"),
        ("EndpointSlice", "endpoints: [{addresses: [127.0.0.1]}, {addresses: [169.254.0.1]}]"),
        ("EndpointSlice", "{addressType: FQDN, endpoints: [{addresses: [a.example.com]}]}"),
        ("Backend", "spec: {endpoints: [{unix: {path: /a}}, {ip: {address: '::1', port: 1}}]}"),
    ],
)  # fmt: skip
def test_what_must_pass(kind: str, overlay: str) -> None:
    assert api.decode(document(kind, overlay)).name == "x"
