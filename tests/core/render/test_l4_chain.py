"""Chains and proxies of layer 4: they name a pool, and promise nothing for a backend."""

from typing import Any

import pytest

from portway.core import model, render
from portway.core.render import l4_chain
from portway.core.render.hardening import Defaults

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
KEY = model.L4Key(GATEWAY, 443, "TLS", "db.example.com")
SECRET = model.ObjectKey("Secret", "shop", "tls")


def listener(mode: str, serving: bool = True) -> model.Listener:
    key = model.ListenerKey(GATEWAY, GATEWAY, "tls")
    certificates = (SECRET,) if mode == "Terminate" else ()
    return model.Listener(
        *(key, 443, "TLS", "*.example.com", model.AllowedRoutes(())),
        serving=serving,
        certificates=certificates,
        tls_mode=mode,
    )


def cluster(chain: dict[str, Any]) -> str:
    (proxy,) = chain["filters"]
    return str(proxy["typed_config"]["cluster"])


def test_what_passes_through_is_chosen_by_name_and_stays_encrypted() -> None:
    chain = render.tls_chain(KEY, listener("Passthrough"), True, Defaults())
    assert chain["name"] == "tls/db.example.com"
    assert chain["filter_chain_match"] == {"server_names": ["db.example.com"]}
    assert cluster(chain) == "tls/shop/web/443/db.example.com"
    assert "transport_socket" not in chain


def test_what_ends_here_has_certificates_and_no_application_protocol() -> None:
    chain = render.tls_chain(KEY, listener("Terminate"), True, Defaults())
    context = chain["transport_socket"]["typed_config"]["common_tls_context"]
    named = [each["name"] for each in context["tls_certificate_sds_secret_configs"]]
    assert named == ["secret/shop/tls"]
    assert context["tls_params"] == {"tls_minimum_protocol_version": "TLSv1_2"}
    assert "alpn_protocols" not in context


@pytest.mark.parametrize(("serving", "pooled"), [(False, True), (True, False), (False, False)])
def test_a_name_that_nobody_serves_is_closed_and_kept(serving: bool, pooled: bool) -> None:
    chain = render.tls_chain(KEY, listener("Terminate", serving), pooled, Defaults())
    assert cluster(chain) == "portway.dev/no-backend"
    assert chain["filter_chain_match"] == {"server_names": ["db.example.com"]}
    assert "transport_socket" not in chain


def test_what_is_left_matches_without_a_name() -> None:
    rest = KEY._replace(domain="*")
    chain = render.tls_chain(rest, listener("Passthrough"), True, Defaults())
    assert "filter_chain_match" not in chain


def test_silence_cuts_no_connection_and_ends_a_session_of_datagrams() -> None:
    tcp = l4_chain.tcp_proxy(KEY, Defaults())["typed_config"]
    udp = l4_chain.udp_proxy(model.L4Key(GATEWAY, 53, "UDP"), Defaults(udp_idle=5))["typed_config"]
    assert (tcp["idle_timeout"], udp["idle_timeout"]) == ("0s", "5s")
    assert "access_log" not in tcp
    assert "access_log" not in udp


def test_the_access_log_names_route_and_pool() -> None:
    defaults = Defaults(access_log="/dev/stdout")
    for proxy in (l4_chain.tcp_proxy, l4_chain.udp_proxy):
        made = proxy(KEY, defaults)
        (log,) = made["typed_config"]["access_log"]
        fields = log["typed_config"]["log_format"]["json_format"]
        assert fields["route"] == "%UPSTREAM_METADATA(portway.dev:route)%"
        assert fields["cluster"] == "tls/shop/web/443/db.example.com"
