"""Clusters: discovery and protocol."""

from typing import Any

import pytest

from portway.core import model, render
from portway.core.render.cluster import _HTTP_OPTIONS
from tests.core.render.cases import key, secure, tls


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


def test_plain_text_and_tls_are_never_mistaken_for_each_other() -> None:
    assert "transport_socket" not in render.cluster(model.Cluster(key("a")))
    found = render.cluster(secure("a"))
    assert found["transport_socket"]["name"] == "envoy.transport_sockets.tls"
    with pytest.raises(ValueError, match="TLS goes with a policy"):
        render.cluster(model.Cluster(key("a")._replace(policy="p")))
    with pytest.raises(ValueError, match="TLS goes with a policy"):
        render.cluster(model.Cluster(key("a"), tls=tls()))


def test_a_verified_connection_is_not_used_for_ever() -> None:
    """... since nothing but a new one is verified again."""

    def common(cluster: model.Cluster) -> object:
        options = render.cluster(cluster)["typed_extension_protocol_options"][_HTTP_OPTIONS]
        return options.get("common_http_protocol_options")

    assert common(secure("a")) == {"max_connection_duration": "600s"}
    assert common(model.Cluster(key("a"))) is None
