"""Names of Envoy resources are a contract: these exact strings."""

import pytest

from portway.core import model
from portway.core.render import names
from tests.core.render.cases import CA, CERTIFICATE, GATEWAY, HTTP_TABLE, TWO_CAS, key


def test_names() -> None:
    assert names.listener(model.PortKey(GATEWAY, 80)) == "shop/web/80"
    assert names.listener(model.PortKey(GATEWAY, 53, "UDP")) == "shop/web/53/udp"
    assert names.l4(model.L4Key(GATEWAY, 53, "UDP")) == "udp/shop/web/53"
    assert names.l4(model.L4Key(GATEWAY, 5432, "TCP")) == "tcp/shop/web/5432"
    assert names.l4(model.L4Key(GATEWAY, 443, "TLS", "*.a.com")) == "tls/shop/web/443/*.a.com"
    assert names.table(HTTP_TABLE) == "shop/web/80"
    assert names.table(model.TableKey(GATEWAY, 443, "tls")) == "shop/web/443/tls"
    assert names.cluster(key("cart")) == "service/shop/cart/8080/http"
    secure = key("cart")._replace(policy="abc")
    assert names.cluster(secure) == "service/shop/cart/8080/http/abc"
    shown = secure.showing(CERTIFICATE)
    assert names.cluster(shown) == "service/shop/cart/8080/http/abc/shop/tls"
    assert names.secret(CERTIFICATE) == "secret/shop/tls"
    assert names.trust(CA) == "configmap/shop/ca"
    assert names.trust(TWO_CAS) == "configmap/shop/ca+configmap/vault/ca"
    assert names.trust(model.TrustKey()) == "system"


def test_no_backend_can_have_the_reserved_name() -> None:
    """Names of clusters have at least five parts."""
    assert names.NO_BACKEND.count("/") < names.cluster(key("cart")).count("/")


@pytest.mark.parametrize("listener", ["", "tls"])
@pytest.mark.parametrize("domain", ["a.com", "*"])
def test_the_name_of_a_scope_is_short_and_its_own(listener: str, domain: str) -> None:
    host = model.HostKey(model.TableKey(GATEWAY, 443, listener), domain)
    assert names.scope_key(host) == f"{names.table(host.table)}/{domain}"
    # Longer ones cost Envoy time for every change of any scope.
    assert len(names.scope(host)) == 22
    other = host._replace(domain=f"x.{domain}")
    assert names.scope(other) != names.scope(host)


def test_the_name_of_a_scope_is_the_same_after_every_start() -> None:
    host = model.HostKey(HTTP_TABLE, "shop.example.com")
    assert names.scope(host) == "yUzgBo2RoAtVjIgpNDMLxw"
