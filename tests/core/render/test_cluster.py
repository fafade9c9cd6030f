"""Clusters: discovery and protocol."""

from typing import Any

import pytest

from portway.core import model, render
from portway.core.render.cluster import _HTTP_OPTIONS
from tests.core.render.cases import key


def test_listed_endpoints_come_apart() -> None:
    found = render.cluster(model.Cluster(key("a")))
    assert found["type"] == "EDS"
    assert found["eds_cluster_config"]["eds_config"]["ads"] == {}
    assert "load_assignment" not in found


def test_named_endpoints_are_resolved_by_envoy() -> None:
    named = (model.Endpoint("b.example", 8080), model.Endpoint("c.example", 80))
    found = render.cluster(model.Cluster(key("b"), model.Discovery.NAMED, named))
    assert "type" not in found
    assert found["cluster_type"]["name"] == "envoy.clusters.dns"
    hosts = found["load_assignment"]["endpoints"][0]["lb_endpoints"]
    addresses = [each["endpoint"]["address"]["socket_address"]["address"] for each in hosts]
    assert addresses == ["b.example", "c.example"]


def test_one_name_is_one_endpoint_with_all_its_addresses() -> None:
    def dns(*names: str) -> Any:
        endpoints = tuple(model.Endpoint(name, 80) for name in names)
        found = render.cluster(model.Cluster(key("b"), model.Discovery.NAMED, endpoints))
        return found["cluster_type"]["typed_config"]

    assert dns("b.example")["all_addresses_in_single_endpoint"] is True
    assert dns("b.example")["dns_lookup_family"] == "ALL"
    assert "all_addresses_in_single_endpoint" not in dns("b.example", "c.example")


@pytest.mark.parametrize(
    ("protocol", "options"),
    [
        ("http", "http_protocol_options"),
        ("ws", "http_protocol_options"),
        ("h2c", "http2_protocol_options"),
    ],
)
def test_the_protocol_is_said_outright(protocol: str, options: str) -> None:
    found = render.cluster(model.Cluster(key("a", protocol)))
    explicit = found["typed_extension_protocol_options"][_HTTP_OPTIONS]["explicit_http_config"]
    assert list(explicit) == [options]


def test_an_h2c_backend_can_take_websockets() -> None:
    found = render.cluster(model.Cluster(key("a", "h2c")))
    explicit = found["typed_extension_protocol_options"][_HTTP_OPTIONS]["explicit_http_config"]
    assert explicit["http2_protocol_options"]["allow_connect"] is True
