"""Envoy's own rules, checked before Envoy sees the value."""

from __future__ import annotations

from typing import Any

import pytest

from portway.core.schema import Schema

ROUTE = "envoy.config.route.v3.Route"
CLUSTER = "envoy.config.cluster.v3.Cluster"
FAULT = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"


def found(schema: Schema, name: str, value: Any) -> set[tuple[str, str]]:
    return {(each.path, each.rule) for each in schema.violations(name, value)}


def _route(**fields: Any) -> dict[str, Any]:
    return {"match": {"prefix": "/"}, **fields}


def _header(key: str, value: str = "v") -> dict[str, Any]:
    return _route(
        direct_response={"status": 200},
        request_headers_to_add=[{"header": {"key": key, "value": value}}],
    )


def test_a_good_route_breaks_nothing(schema: Schema) -> None:
    value = _route(
        route={"cluster": "c", "timeout": "15s", "retry_policy": {"num_retries": 1}},
        request_headers_to_remove=["x-a"],
    )
    assert schema.violations(ROUTE, value) == ()
    assert schema.violations(ROUTE, schema.encode(ROUTE, value)) == ()


@pytest.mark.parametrize(
    ("name", "value", "broken"),
    [
        (ROUTE, {"direct_response": {"status": 200}}, {("match", "required")}),
        (
            ROUTE,
            {"match": {}, "direct_response": {"status": 200}},
            {("match.path_specifier", "oneof.required")},
        ),
        (ROUTE, {"match": {"prefix": "/"}}, {("action", "oneof.required")}),
        (
            ROUTE,
            _route(direct_response={"status": 99}),
            {("direct_response.status", "uint32.gte")},
        ),
        (
            ROUTE,
            _route(direct_response={"status": 600}),
            {("direct_response.status", "uint32.lt")},
        ),
        (
            ROUTE,
            _route(route={"cluster": ""}),
            {("route.cluster", "string.min_len")},
        ),
        (
            ROUTE,
            _route(redirect={"response_code": 77}),
            {("redirect.response_code", "enum.defined_only")},
        ),
        (
            ROUTE,
            _header("a\nb"),
            {("request_headers_to_add[0].header.key", "string.well_known_regex")},
        ),
        (
            ROUTE,
            _header("a", "x\r\ny"),
            {("request_headers_to_add[0].header.value", "string.well_known_regex")},
        ),
        (
            ROUTE,
            _route(
                route={"weighted_clusters": {"clusters": []}},
            ),
            {("route.weighted_clusters.clusters", "repeated.min_items")},
        ),
        (
            ROUTE,
            _route(
                direct_response={"status": 200},
                typed_per_filter_config={
                    "f": {"@type": FAULT, "abort": {"http_status": 700, "percentage": {}}}
                },
            ),
            {('typed_per_filter_config["f"].abort.http_status', "uint32.lt")},
        ),
        (
            ROUTE,
            _route(route={"cluster": "c", "max_stream_duration": {}, "retry_policy": {}}),
            set(),
        ),
        (CLUSTER, {}, {("name", "string.min_len")}),
        (
            CLUSTER,
            {"name": "c", "connect_timeout": "0s"},
            {("connect_timeout", "duration.gt")},
        ),
        (
            "envoy.config.endpoint.v3.ClusterLoadAssignment",
            {"cluster_name": "c", "policy": {"overprovisioning_factor": 0}},
            {("policy.overprovisioning_factor", "uint32.gt")},
        ),
        (
            "envoy.config.core.v3.SocketAddress",
            {"address": "127.0.0.1", "port_value": 65536},
            {("port_value", "uint32.lte")},
        ),
        (
            "envoy.config.core.v3.SocketAddress",
            {"address": "127.0.0.1"},
            {("port_specifier", "oneof.required")},
        ),
        (
            "envoy.config.core.v3.SubstitutionFormatString",
            {"text_format": "x"},
            {("text_format", "deprecated")},
        ),
        (
            "envoy.config.core.v3.ApiConfigSource",
            {"api_type": "DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE"},
            set(),
        ),
        (
            "envoy.type.matcher.v3.RegexMatcher",
            {"regex": ".", "google_re2": {}},
            {("google_re2", "deprecated")},
        ),
        (
            "google.protobuf.Any",
            {"@type": "type.googleapis.com/envoy.type.matcher.v3.RegexMatcher"},
            {("regex", "string.min_len")},
        ),
    ],
)
def test_each_broken_rule_is_named_with_its_place(
    schema: Schema, name: str, value: dict[str, Any], broken: set[tuple[str, str]]
) -> None:
    assert found(schema, name, value) == broken


def test_a_value_that_cannot_be_encoded_is_one_violation(schema: Schema) -> None:
    (violation,) = schema.violations(ROUTE, _route(nope=1))
    assert (violation.path, violation.rule) == ("nope", "type")
    (violation,) = schema.violations(ROUTE, b"\xff")
    assert violation.rule == "type"


def test_an_unknown_payload_is_a_violation(schema: Schema) -> None:
    body = b"\x12\x06\x0a\x04a/No"
    name = "envoy.config.core.v3.TypedExtensionConfig"
    (violation,) = schema.violations(name, b"\x0a\x01x" + body)
    assert (violation.path, violation.rule) == ("typed_config.@type", "any.type")


def test_what_envoy_refuses_by_default_is_told_from_what_is_deprecated(schema: Schema) -> None:
    action = "envoy.config.route.v3.RateLimit.Action"
    metadata = {"descriptor_key": "k", "metadata_key": {"key": "a", "path": [{"key": "b"}]}}
    assert found(schema, action, {"dynamic_metadata": metadata}) == {
        ("dynamic_metadata", "disallowed_by_default")
    }
    source = "envoy.config.core.v3.ConfigSource"
    assert found(schema, source, {"ads": {}, "resource_api_version": "V2"}) == {
        ("resource_api_version", "deprecated")
    }


def test_the_message_says_what_was_asked_and_what_was_found(schema: Schema) -> None:
    (violation,) = schema.violations(CLUSTER, {"name": "c", "connect_timeout": "-1.5s"})
    assert violation.message == "must be greater than 0s, is -1.5s"
