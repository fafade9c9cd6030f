"""Decoding: what JSON form comes out, and what bytes are refused."""

from __future__ import annotations

import pytest

from portway.core.schema import Schema, SchemaError

ANY = "type.googleapis.com/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("envoy.type.v3.Int64Range", {"start": -(2**53) - 1, "end": 2**62}),
        ("envoy.config.core.v3.DataSource", {"inline_bytes": "AAEC/w=="}),
        ("envoy.type.v3.FractionalPercent", {"numerator": 5, "denominator": "MILLION"}),
        ("envoy.config.route.v3.RetryPolicy", {"num_retries": 0, "per_try_timeout": "-0.5s"}),
        ("google.protobuf.Any", {"@type": ANY + "google.protobuf.Duration", "value": "3s"}),
        ("google.protobuf.Any", {}),
        (
            "google.protobuf.Any",
            {
                "@type": ANY + "google.protobuf.Any",
                "value": {"@type": ANY + "google.protobuf.Empty"},
            },
        ),
        (
            "envoy.config.core.v3.HealthStatusSet",
            {"statuses": ["HEALTHY", "DRAINING"]},
        ),
        ("envoy.config.core.v3.Locality", {}),
        (
            "envoy.config.cluster.v3.Cluster.RoundRobinLbConfig",
            {"slow_start_config": {"min_weight_percent": {"value": 12.5}}},
        ),
    ],
)
def test_the_form_is_the_one_that_was_encoded(
    schema: Schema, name: str, value: dict[str, object]
) -> None:
    assert schema.decode(name, schema.encode(name, value)) == value


def test_a_number_without_a_name_stays_a_number(schema: Schema) -> None:
    name = "envoy.type.v3.FractionalPercent"
    assert schema.decode(name, schema.encode(name, {"denominator": 9})) == {"denominator": 9}


@pytest.mark.parametrize("number", [0.1, 1e-30, 16777216.0, 3.4028234663852886e38, 1 / 3])
def test_a_float_is_the_shortest_that_reads_back_the_same(schema: Schema, number: float) -> None:
    name = "google.protobuf.FloatValue"
    body = schema.encode("google.protobuf.Any", {"@type": ANY + name, "value": number})
    read = schema.decode("google.protobuf.Any", body)
    assert len(repr(read["value"])) <= len(repr(number))
    assert schema.encode("google.protobuf.Any", read) == body


def test_bytes_that_are_none_are_refused(schema: Schema) -> None:
    with pytest.raises(SchemaError, match=r"not a serialized envoy\.type\.v3\.Int64Range"):
        schema.decode("envoy.type.v3.Int64Range", b"\xff")


def test_an_unreadable_payload_is_named(schema: Schema) -> None:
    name = "envoy.config.core.v3.TypedExtensionConfig"
    any_of_unknown = b"\x0a\x04a/No"
    with pytest.raises(SchemaError) as caught:
        schema.decode(name, b"\x12" + bytes([len(any_of_unknown)]) + any_of_unknown)
    assert caught.value.path == "typed_config.@type"
    assert caught.value.message == "the schema has no message No"
