"""Protobuf bodies as typed clients send them."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.http.openapi2 import _text
from portway.adapters.apiserver.http.protobuf import decode
from portway.adapters.apiserver.problem import Refused
from portway.core.delta.splice import field as part
from portway.core.schema import wire
from tests.adapters.apiserver.support import refused


def number(field: int, value: int) -> bytes:
    return wire.varint(field << 3) + wire.varint(value)


def envelope(api_version: str, kind: str, body: bytes) -> bytes:
    type_ = _text(1, api_version) + _text(2, kind)
    return b"k8s\x00" + part(1, type_) + part(2, body)


def entry(key: str, value: bytes) -> bytes:
    return _text(1, key) + part(2, value)


def decoded(api_version: str, kind: str, body: bytes) -> Any:
    return decode(envelope(api_version, kind, body))


META = part(1, _text(1, "a") + _text(3, "shop") + part(11, entry("app", b"web")) + part(8, b""))


def test_a_secret() -> None:
    body = META + part(2, entry("key", b"\x00\xff")) + _text(3, "Opaque")
    assert decoded("v1", "Secret", body) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "web"}},
        "data": {"key": "AP8="},
        "type": "Opaque",
    }


def test_ports_have_numbers_and_names() -> None:
    first = _text(1, "http") + _text(2, "TCP") + number(3, 80)
    target = part(4, number(1, 1) + _text(3, "web"))
    second = number(3, 81) + part(4, number(1, 0) + number(2, 8080)) + number(5, 0)
    third = number(3, 82) + part(4, number(1, 0) + number(2, 0))
    spec = b"".join(part(1, each) for each in (first + target, second, third))
    assert decoded("v1", "Service", META + part(2, spec))["spec"]["ports"] == [
        {"name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"},
        {"port": 81, "targetPort": 8080},
        {"port": 82},
    ]


def test_what_is_false_or_zero_and_means_it_is_kept() -> None:
    endpoint = _text(1, "127.0.0.1") + part(2, number(1, 0))
    slice_ = decoded("discovery.k8s.io/v1", "EndpointSlice", part(2, endpoint) + _text(4, "IPv4"))
    assert slice_["endpoints"] == [{"addresses": ["127.0.0.1"], "conditions": {"ready": False}}]
    deployment = decoded("apps/v1", "Deployment", part(2, number(1, 0)))
    assert deployment["spec"] == {"replicas": 0}


def test_times_quantities_and_embedded_structs() -> None:
    owned = part(1, _text(1, "a") + part(8, number(1, 1_700_000_000)))
    assert decoded("v1", "Pod", owned)["metadata"]["creationTimestamp"] == "2023-11-14T22:13:20Z"
    limits = part(8, part(1, entry("cpu", _text(1, "100m"))))
    volume = part(1, _text(1, "v") + part(2, part(19, part(1, _text(1, "conf")))))
    pod = decoded("v1", "Pod", part(2, volume + part(2, _text(1, "c") + limits)))
    assert pod["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "conf"}}]
    assert pod["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "100m"}}


def test_options_of_a_delete() -> None:
    options = decoded("v1", "DeleteOptions", _text(4, "Foreground") + number(1, 0))
    assert options["propagationPolicy"] == "Foreground"
    assert options["gracePeriodSeconds"] == 0


def test_kinds_that_are_not_in_the_table_are_refused_with_what_works() -> None:
    found = refused(decode, envelope("policy/v1", "PodDisruptionBudget", b""))
    assert found.code == 415
    assert "application/json" in found.message


@pytest.mark.parametrize("body", [b"", b"no", b"k8s\x00\x0a\xff", b"k8s\x00\x0b"])
def test_what_is_no_protobuf_is_refused(body: bytes) -> None:
    assert refused(decode, body).code in (400, 415)


@given(st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_any_bytes(body: bytes) -> None:
    for content in (body, envelope("v1", "Pod", body)):
        with contextlib.suppress(Refused):
            assert isinstance(decode(content), dict)
