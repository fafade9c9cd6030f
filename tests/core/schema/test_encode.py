"""Encoding, against protobuf's own JSON parser and against hand-made errors."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portway.core.schema import Schema, SchemaError

ROUTES = "envoy.config.route.v3.RouteConfiguration"
HOST = "envoy.config.route.v3.VirtualHost"
LONG = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TYPES = (
    ROUTES,
    "envoy.config.cluster.v3.Cluster",
    "envoy.config.listener.v3.Listener",
    "envoy.config.endpoint.v3.ClusterLoadAssignment",
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    "envoy.service.discovery.v3.DeltaDiscoveryRequest",
    # Every scalar there is, optional and required ones too.
    "google.protobuf.FileDescriptorProto",
    "opentelemetry.proto.metrics.v1.MetricsData",
    "io.prometheus.client.MetricFamily",
    "envoy.data.core.v3.HealthCheckEvent",
)
_F = FieldDescriptor
_BITS = {
    **dict.fromkeys((_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32), (-(2**31), 2**31 - 1)),
    **dict.fromkeys((_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64), (-(2**63), 2**63 - 1)),
    **dict.fromkeys((_F.TYPE_UINT32, _F.TYPE_FIXED32), (0, 2**32 - 1)),
    **dict.fromkeys((_F.TYPE_UINT64, _F.TYPE_FIXED64), (0, 2**64 - 1)),
}
_text = st.text(st.characters(codec="utf-8"), max_size=200)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)


def _duration(seconds: int, nanos: int) -> str:
    return f"{seconds}.{nanos:09d}s"


_WELL_KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "google.protobuf.Duration": st.builds(
        _duration, st.integers(-(10**9), 10**9), st.integers(0, 10**9 - 1)
    )
    | st.sampled_from(["0s", "1.5s", "-0.25s", "60s"]),
    "google.protobuf.Timestamp": st.datetimes().map(lambda at: at.isoformat() + "Z"),
    "google.protobuf.FieldMask": st.sampled_from(["", "a", "a.b,c"]),
    "google.protobuf.Struct": st.dictionaries(_text, _json, max_size=3),
    "google.protobuf.Value": _json,
    "google.protobuf.ListValue": st.lists(_json, max_size=3),
    "google.protobuf.Any": st.sampled_from(
        [
            {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "2s"},
            {"@type": "type.googleapis.com/google.protobuf.UInt32Value", "value": 7},
            {"@type": "type.googleapis.com/envoy.type.v3.Int64Range", "start": 1, "end": -2},
            {"@type": "type.googleapis.com/envoy.config.core.v3.Node", "metadata": {"a": [None]}},
        ]
    ),
}


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.name for value in field.enum_type.values])
    if field.type in _BITS:
        return st.integers(*_BITS[field.type])
    if field.type == _F.TYPE_BOOL:
        return st.booleans()
    if field.type == _F.TYPE_FLOAT:
        return st.floats(width=32, allow_nan=False, allow_infinity=False)
    if field.type == _F.TYPE_DOUBLE:
        return st.floats(allow_nan=False, allow_infinity=False)
    if field.type == _F.TYPE_BYTES:
        return st.sampled_from(["", "AAEC", "_-8=", "+/8="])
    return _text


def _single(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    inner = field.message_type
    if inner is None:
        return _scalar(field)
    if inner.full_name in _WELL_KNOWN:
        return _WELL_KNOWN[inner.full_name]
    if inner.full_name.startswith("google.protobuf.") and inner.full_name.endswith("Value"):
        return _scalar(inner.fields_by_name["value"])
    return messages(inner, depth - 1)


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key = field.message_type.fields_by_name["key"]
        keys = _text if key.type == _F.TYPE_STRING else st.integers(0, 99).map(str)
        return st.dictionaries(
            keys, _single(field.message_type.fields_by_name["value"], depth), max_size=3
        )
    if field.is_repeated:
        # null inside a list is no element for protobuf's own parser.
        single = _single(field, depth).filter(lambda item: item is not None)
        return st.lists(single, max_size=3)
    return _single(field, depth)


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor, depth: int = 4) -> dict[str, Any]:
    """Some fields of a message, at most one of each oneof, in any order."""
    usable = [
        f for f in descriptor.fields if (depth > 0 or f.message_type is None) and f.type != 10
    ]
    if not usable:
        return {}
    chosen = draw(st.lists(st.sampled_from(usable), max_size=5, unique_by=lambda f: f.name))
    value: dict[str, Any] = {}
    oneofs: set[str] = set()
    for field in chosen:
        oneof = field.containing_oneof
        if oneof is not None:
            if oneof.name in oneofs:
                continue
            oneofs.add(oneof.name)
        value[field.name] = draw(_value(field, depth))
    return value


def _descriptor(schema: Schema, name: str) -> Any:
    return schema.message_class(name).DESCRIPTOR


def _reference(schema: Schema, name: str, value: Any) -> Message:
    message = schema.message_class(name)()
    return json_format.ParseDict(value, message, descriptor_pool=schema._pool)


@pytest.mark.parametrize("name", TYPES)
@LONG
@given(data=st.data())
def test_bytes_mean_the_same_as_those_of_protobufs_own_parser(
    schema: Schema, name: str, data: st.DataObject
) -> None:
    value = data.draw(messages(_descriptor(schema, name)))
    expected = _reference(schema, name, value)
    body = schema.encode(name, value)
    assert schema.message_class(name).FromString(body) == expected
    # The order of map entries is each serializer's own choice; nothing else may differ.
    assert len(body) == len(expected.SerializePartialToString(deterministic=True))


@pytest.mark.parametrize("name", TYPES)
@LONG
@given(data=st.data())
def test_decoding_and_encoding_again_gives_the_same_bytes(
    schema: Schema, name: str, data: st.DataObject
) -> None:
    body = schema.encode(name, data.draw(messages(_descriptor(schema, name))))
    assert schema.encode(name, schema.decode(name, body)) == body


def test_the_order_of_keys_does_not_matter(schema: Schema) -> None:
    one = {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["a", "b"]}]}
    other = {"virtual_hosts": [{"domains": ["a", "b"], "name": "v"}], "name": "r"}
    assert schema.encode(ROUTES, one) == schema.encode(ROUTES, other)


def test_map_keys_of_text_are_text_though_they_look_like_numbers(schema: Schema) -> None:
    name = "envoy.service.discovery.v3.DeltaDiscoveryRequest"
    keys = ["0", "", "10", "9", "true"]
    found = {
        schema.encode(name, {"initial_resource_versions": dict.fromkeys(order, "")})
        for order in (keys, keys[::-1])
    }
    assert len(found) == 1


def test_json_form_survives_the_round_trip(schema: Schema) -> None:
    value = {
        "name": "v",
        "domains": ["*"],
        "require_tls": "ALL",
        "retry_policy": {"num_retries": 2, "per_try_timeout": "0.250s"},
        "metadata": {"filter_metadata": {"x": {"a": [1, 2.5, None, True, {"b": "c"}]}}},
        "typed_per_filter_config": {
            "cors": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
                "allow_credentials": False,
            }
        },
    }
    decoded = schema.decode(HOST, schema.encode(HOST, value))
    assert decoded == {**value, "retry_policy": {"num_retries": 2, "per_try_timeout": "0.25s"}}


def test_null_means_not_set(schema: Schema) -> None:
    assert schema.encode(ROUTES, {"name": None}) == b""
    both = {"match": {"prefix": "/", "path": None}}
    assert schema.encode("envoy.config.route.v3.Route", both)


def test_a_presence_scalar_is_written_even_when_it_is_the_default(schema: Schema) -> None:
    name = "envoy.config.route.v3.RouteMatch"
    assert schema.decode(name, schema.encode(name, {"prefix": ""})) == {"prefix": ""}
    assert schema.decode(name, schema.encode(name, {"case_sensitive": False})) == {
        "case_sensitive": False
    }


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        (
            {"virtual_hosts": [{"routes": [{}, {}, {"match": {"prefix": 3}}]}]},
            "virtual_hosts[0].routes[2].match.prefix",
            "expected a string, found the number 3",
        ),
        ({"virtual_host": []}, "virtual_host", "did you mean virtual_hosts?"),
        ({"virtual_hosts": {}}, "virtual_hosts", "expected a list, found an object"),
        ({"virtual_hosts": ["v"]}, "virtual_hosts[0]", "expected an object"),
        (
            {"virtual_hosts": [{"require_tls": "YES"}]},
            "virtual_hosts[0].require_tls",
            "expected one of NONE, EXTERNAL_ONLY, ALL",
        ),
        (
            {"virtual_hosts": [{"routes": [{"match": {"prefix": "/", "path": "/"}}]}]},
            "virtual_hosts[0].routes[0].match.path",
            "only one of prefix and path may be set",
        ),
        ({"validate_clusters": 1}, "validate_clusters", "expected true or false"),
        (
            {"virtual_hosts": [{"retry_policy": {"num_retries": -1}}]},
            "virtual_hosts[0].retry_policy.num_retries",
            "outside the range of uint32",
        ),
        (
            {"virtual_hosts": [{"retry_policy": {"num_retries": True}}]},
            "virtual_hosts[0].retry_policy.num_retries",
            "found a boolean",
        ),
        (
            {"virtual_hosts": [{"retry_policy": {"per_try_timeout": "1m"}}]},
            "virtual_hosts[0].retry_policy.per_try_timeout",
            'expected a duration such as "1.5s"',
        ),
        (
            {"virtual_hosts": [{"typed_per_filter_config": {"a.b": {"name": "x"}}}]},
            'virtual_hosts[0].typed_per_filter_config["a.b"]',
            'needs "@type"',
        ),
        (
            {"virtual_hosts": [{"typed_per_filter_config": {"a": {"@type": "t/no.Such"}}}]},
            'virtual_hosts[0].typed_per_filter_config["a"].@type',
            "the schema has no message no.Such",
        ),
        (
            {"metadata": {"filter_metadata": {"k": {"n": [1, float("nan")]}}}},
            'metadata.filter_metadata["k"]["n"][1]',
            "neither NaN nor infinity",
        ),
        ({"name": "\ud800"}, "name", "surrogate"),
    ],
)
def test_an_error_names_the_place_and_the_reason(
    schema: Schema, value: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        schema.encode(ROUTES, value)
    assert caught.value.path == path
    assert words in caught.value.message


def test_an_unknown_message_is_an_error(schema: Schema) -> None:
    with pytest.raises(SchemaError, match=r"no message envoy\.Nothing"):
        schema.encode("envoy.Nothing", {})


def test_endless_nesting_is_an_error_not_a_crash(schema: Schema) -> None:
    value: dict[str, Any] = {}
    for _ in range(5000):
        value = {"a": value}
    with pytest.raises(SchemaError, match="nested too deeply"):
        schema.encode(ROUTES, {"metadata": {"filter_metadata": {"k": value}}})
