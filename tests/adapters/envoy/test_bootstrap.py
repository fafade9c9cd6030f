"""The bootstrap: by Envoy's rules, by Envoy itself, and its limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.bootstrap import (
    XDS_CLUSTER,
    BootstrapError,
    BootstrapSettings,
    bootstrap,
)
from portway.adapters.envoy.validator import validate
from portway.core.render import usage_stats
from portway.core.schema import Schema

SETTINGS = BootstrapSettings(
    node_id="one",
    node_cluster="portway",
    admin_socket=Path("/run/p/admin.sock"),
    xds=Path("/run/p/xds.sock"),
    heap_bytes=512 * 1024 * 1024,
)


def test_it_breaks_no_rule_and_uses_nothing_deprecated(schema: Schema) -> None:
    assert schema.violations("envoy.config.bootstrap.v3.Bootstrap", bootstrap(SETTINGS)) == ()


@pytest.mark.envoy
@pytest.mark.parametrize("far", [False, True])
async def test_envoy_accepts_it(envoy: Binary, far: bool) -> None:
    assert await validate(envoy, bootstrap(replace(SETTINGS, far=far))) is None


def test_a_control_plane_elsewhere_that_is_gone_is_noticed() -> None:
    def options(far: bool) -> object:
        (cluster,) = bootstrap(replace(SETTINGS, far=far))["static_resources"]["clusters"]
        (protocol,) = cluster["typed_extension_protocol_options"].values()
        return protocol["explicit_http_config"]["http2_protocol_options"]

    assert options(far=False) == {}
    assert options(far=True) == {"connection_keepalive": {"interval": "10s", "timeout": "5s"}}


def test_the_admin_interface_is_a_private_socket() -> None:
    assert bootstrap(SETTINGS)["admin"]["address"] == {
        "pipe": {"path": "/run/p/admin.sock", "mode": 0o600}
    }


def test_configuration_comes_by_delta_ads_only() -> None:
    dynamic = bootstrap(SETTINGS)["dynamic_resources"]
    assert dynamic["ads_config"]["api_type"] == "DELTA_GRPC"
    for source in ("lds_config", "cds_config"):
        assert dynamic[source]["ads"] == {}
        assert dynamic[source]["initial_fetch_timeout"] == "0s"


def test_memory_is_shed_in_steps_before_it_runs_out() -> None:
    overload = bootstrap(SETTINGS)["overload_manager"]
    heap, connections = overload["resource_monitors"]
    assert heap["typed_config"]["max_heap_size_bytes"] == SETTINGS.heap_bytes
    assert connections["typed_config"]["max_active_downstream_connections"] == 50_000
    names = [action["name"].rpartition(".")[2] for action in overload["actions"]]
    assert names == [
        "shrink_heap",
        "disable_http_keepalive",
        "reset_high_memory_stream",
        "stop_accepting_requests",
        "stop_accepting_connections",
    ]


def test_guards_against_floods_and_loose_framing_are_on() -> None:
    (layer,) = bootstrap(SETTINGS)["layered_runtime"]["layers"]
    guards = layer["static_layer"]
    assert guards["overload.premature_reset_total_stream_count"] == 500
    assert guards["overload.premature_reset_min_stream_lifetime_seconds"] == 1
    assert guards["http.max_requests_per_io_cycle"] == 1
    assert guards["envoy.reloadable_features.strict_chunk_parsing"] is True


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("http.web.downstream_rq_active", True),
        ("listener.127.0.0.1_80.downstream_cx_active", True),
        ("cluster.default/shop/80.upstream_rq_5xx", False),
        ("cluster.default/shop/80.membership_healthy", False),
        (f"cluster.{XDS_CLUSTER}.upstream_cx_connect_attempts_exceeded", True),
        ("cluster.default/shop/80.upstream_cx_rx_bytes_total", False),
        ("cluster.default/shop/80.circuit_breakers.default.cx_open", False),
        ("vhost.shop.vcluster.other.upstream_rq_200", False),
        (f"{usage_stats.PREFIX}.client.token.usage.total", True),
    ],
)
def test_backends_have_no_series(name: str, kept: bool) -> None:
    patterns = bootstrap(SETTINGS)["stats_config"]["stats_matcher"]["inclusion_list"]["patterns"]
    assert any(name.startswith(each["prefix"]) for each in patterns) is kept


def test_memory_goes_back_to_the_system() -> None:
    manager = bootstrap(SETTINGS)["memory_allocator_manager"]
    assert int(manager["bytes_to_release"]) > 0
    assert manager["memory_release_interval"] == "1s"


def test_a_socket_path_that_is_too_long_names_the_limit() -> None:
    long = replace(SETTINGS, xds=Path("/" + "x" * 107))
    with pytest.raises(BootstrapError, match="107"):
        bootstrap(long)
    assert bootstrap(replace(SETTINGS, xds=Path("/" + "x" * 106)))


def test_sizes_are_positive() -> None:
    with pytest.raises(BootstrapError, match="heap_bytes"):
        bootstrap(replace(SETTINGS, heap_bytes=0))
    with pytest.raises(BootstrapError, match="max_downstream_connections"):
        bootstrap(replace(SETTINGS, max_downstream_connections=-1))
