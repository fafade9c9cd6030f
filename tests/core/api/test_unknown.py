"""Warnings for fields that no type knows."""

from typing import Any

from portway.core import api


def test_the_samples_have_no_unknown_field(sample: dict[str, Any]) -> None:
    assert api.decode_strict_unknown_fields(sample) == ()


def test_unknown_fields_are_found_wherever_they_are() -> None:
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "x", "lables": {}, "labels": {"any": "key"}},
        "spec": {
            "hostname": "a.example.com",
            "rules": [
                {"backendRefs": [{"name": "a", "wieght": 1}], "timeouts": {"Request": "1s"}},
                "not a map",
            ],
        },
        "extra": 1,
    }
    assert api.decode_strict_unknown_fields(document) == (
        "metadata.lables",
        "spec.hostname",
        "spec.rules[0].backendRefs[0].wieght",
        "spec.rules[0].timeouts.Request",
        "extra",
    )


def test_a_hostile_key_cannot_break_the_line() -> None:
    document = {"apiVersion": "v1", "kind": "Secret", "a\nb\x1b[31m": 1}
    assert api.decode_strict_unknown_fields(document) == (r"a\nb\x1b[31m",)


def test_status_is_unknown_only_where_the_kind_has_none() -> None:
    slice_ = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "status": {}}
    gateway = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "status": {}}
    assert api.decode_strict_unknown_fields(slice_) == ("status",)
    assert api.decode_strict_unknown_fields(gateway) == ()
