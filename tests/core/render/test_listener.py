"""Listeners: addresses, filter chains, and what does not change them."""

from typing import Any

import msgspec
import pytest

from portway.core import filters, model, render
from portway.core.render.scope import scoped_filters
from portway.core.render.websocket import upgraded
from tests.core.render.cases import GATEWAY, http_port, https_port, listener

PLAIN = render.Defaults()


def manager(chain: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = chain["filters"][0]["typed_config"]
    return found


def test_http_shares_one_table() -> None:
    found = render.listener(http_port("127.0.0.1"), PLAIN)
    assert found["name"] == "shop/web/80"
    assert found["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 8080}
    (chain,) = found["filter_chains"]
    assert manager(chain)["rds"]["route_config_name"] == "shop/web/80"
    assert "additional_addresses" not in found
    assert "listener_filters" not in found


def test_several_addresses_are_one_listener() -> None:
    found = render.listener(http_port("127.0.0.1", "::1"), PLAIN)
    assert found["additional_addresses"] == [
        {"address": {"socket_address": {"address": "::1", "port_value": 8080}}}
    ]


def test_every_address_is_those_of_ipv4_too() -> None:
    found = render.listener(http_port("::"), PLAIN)
    assert found["address"]["socket_address"] == {
        "address": "::",
        "port_value": 8080,
        "ipv4_compat": True,
    }


def test_what_a_gateway_wants_written_down_comes_before_what_all_have() -> None:
    defaults = msgspec.structs.replace(PLAIN, access_log=model.AccessLog(enabled=False))
    (chain,) = render.listener(http_port("127.0.0.1"), defaults)["filter_chains"]
    loggers = [each["name"] for each in manager(chain)["access_log"]]
    assert loggers == ["envoy.access_loggers.stats"]


def test_a_port_without_an_address_is_our_mistake() -> None:
    port = model.Port(model.PortKey(GATEWAY, 80), "HTTP", (), 80, ())
    with pytest.raises(ValueError, match="Gateway shop/web port 80 has no address"):
        render.listener(port, PLAIN)


def test_https_has_a_chain_and_a_table_per_listener() -> None:
    port = https_port(listener("one", "HTTPS", "x.com"), listener("rest", "HTTPS"))
    one, rest = render.listener(port, PLAIN)["filter_chains"]
    assert one["filter_chain_match"] == {"server_names": ["x.com"]}
    assert "filter_chain_match" not in rest
    assert manager(one)["rds"]["route_config_name"] == "shop/web/443/one"
    context = one["transport_socket"]["typed_config"]["common_tls_context"]
    assert context["alpn_protocols"] == ["h2", "http/1.1"]
    (secret,) = context["tls_certificate_sds_secret_configs"]
    assert secret["name"] == "secret/shop/tls"


def test_a_listener_that_cannot_be_served_keeps_its_names_closed() -> None:
    port = https_port(listener("off", "HTTPS", "x.com", serving=False))
    (chain,) = render.listener(port, PLAIN)["filter_chains"]
    assert chain["filter_chain_match"] == {"server_names": ["x.com"]}
    assert chain["filters"][0]["name"] == "envoy.filters.network.tcp_proxy"
    assert "transport_socket" not in chain


def test_several_certificates_are_all_offered() -> None:
    names = tuple(model.ObjectKey("Secret", "shop", name) for name in ("rsa", "ecdsa"))
    port = https_port(listener("one", "HTTPS", certificates=names))
    (chain,) = render.listener(port, PLAIN)["filter_chains"]
    context = chain["transport_socket"]["typed_config"]["common_tls_context"]
    told = [each["name"] for each in context["tls_certificate_sds_secret_configs"]]
    assert told == ["secret/shop/rsa", "secret/shop/ecdsa"]


def test_defaults_reach_the_manager() -> None:
    defaults = render.Defaults(access_log="/dev/stdout", trusted_hops=2, request_headers=1.5)
    (chain,) = render.listener(http_port("127.0.0.1"), defaults)["filter_chains"]
    found = manager(chain)
    counting, *logs = found["access_log"]
    assert {each["typed_config"]["path"] for each in logs} == {"/dev/stdout"}
    assert found["xff_num_trusted_hops"] == 2
    assert found["request_headers_timeout"] == "1.5s"
    (plain,) = render.listener(http_port("127.0.0.1"), PLAIN)["filter_chains"]
    assert manager(plain)["access_log"] == [counting]


def test_all_https_listeners_of_a_port_count_together() -> None:
    """Counters of their own would be a third of the memory that thousands of them take."""
    port = https_port(listener("one", "HTTPS", "x.com"), listener("two", "HTTPS", "y.com"))
    chains = render.listener(port, PLAIN)["filter_chains"]
    assert [manager(each)["stat_prefix"] for each in chains] == ["shop/web/443"] * 2
    assert len({manager(each)["rds"]["route_config_name"] for each in chains}) == 2


def test_a_scoped_table_is_looked_up_in_scopes_and_the_others_as_a_whole() -> None:
    port = https_port(listener("one", "HTTPS", "x.com"), listener("two", "HTTPS", "y.com"))
    scoped = model.TableKey(GATEWAY, 443, "one")
    one, two = render.listener(port, PLAIN, frozenset([scoped]))["filter_chains"]
    assert manager(one)["scoped_routes"]["name"] == "shop/web/443/one"
    assert "rds" not in manager(one)
    assert manager(two)["rds"]["route_config_name"] == "shop/web/443/two"
    assert "scoped_routes" not in manager(two)
    assert manager(two) == manager(render.listener(port, PLAIN)["filter_chains"][1])
    # An upgraded request comes to its scope in the same way.
    (upgrade,) = manager(one)["upgrade_configs"]
    assert upgrade["filters"] == scoped_filters(scoped, upgraded(filters.http_filters()))
    assert manager(one)["http_filters"] == scoped_filters(scoped, filters.http_filters())


def test_tcp_is_one_chain_that_names_its_pool() -> None:
    port = model.Port(model.PortKey(GATEWAY, 5432), "TCP", ("127.0.0.1",), 5432, ())
    found = render.listener(port, PLAIN)
    (chain,) = found["filter_chains"]
    assert chain["filters"][0]["typed_config"]["cluster"] == "tcp/shop/web/5432"
    assert found["tcp_keepalive"]["keepalive_time"] == 60
    assert "listener_filters" not in found


def test_udp_has_no_chain_and_says_so_in_every_address() -> None:
    key = model.PortKey(GATEWAY, 53, "UDP")
    found = render.listener(model.Port(key, "UDP", ("127.0.0.1", "::1"), 10053, ()), PLAIN)
    assert found["name"] == "shop/web/53/udp"
    addresses = [found["address"], *(each["address"] for each in found["additional_addresses"])]
    assert [each["socket_address"]["protocol"] for each in addresses] == ["UDP", "UDP"]
    assert "filter_chains" not in found
    assert "tcp_keepalive" not in found
    (proxy,) = found["listener_filters"]
    action = proxy["typed_config"]["matcher"]["on_no_match"]["action"]
    assert action["typed_config"]["cluster"] == "udp/shop/web/53"


def test_a_tls_listener_changes_nothing_of_its_port_but_chains() -> None:
    """Whatever else changed would drain the connections of every chain."""
    https = listener("one", "HTTPS", "x.com")
    beside = model.Listener(
        *(https.key, 443, "TLS", "y.com", https.allowed), tls_mode="Passthrough"
    )
    alone, both = (
        render.listener(https_port(*each), PLAIN) for each in ((https,), (https, beside))
    )
    assert alone == both
    port = model.Port(model.PortKey(GATEWAY, 443), "TLS", ("127.0.0.1",), 8443, (beside,))
    only = render.listener(port, PLAIN)
    assert only.pop("filter_chains") == []
    assert only == {key: value for key, value in alone.items() if key != "filter_chains"}
