"""Names of Envoy resources are a contract: these exact strings."""

import pytest

from portway.core import model
from portway.core.render import names
from tests.core.render.cases import CERTIFICATE, GATEWAY, HTTP_TABLE, key


def test_names() -> None:
    assert names.listener(model.PortKey(GATEWAY, 80)) == "shop/web/80"
    assert names.table(HTTP_TABLE) == "shop/web/80"
    assert names.table(model.TableKey(GATEWAY, 443, "tls")) == "shop/web/443/tls"
    assert names.cluster(key("cart")) == "service/shop/cart/8080/http"
    assert names.cluster(key("cart")._replace(policy="abc")) == "service/shop/cart/8080/http/abc"
    assert names.secret(CERTIFICATE) == "secret/shop/tls"


def test_no_backend_can_have_the_reserved_name() -> None:
    """Names of clusters have at least five parts."""
    assert names.NO_BACKEND.count("/") < names.cluster(key("cart")).count("/")


@pytest.mark.parametrize("listener", ["", "tls"])
@pytest.mark.parametrize("domain", ["a.com", "*"])
def test_a_scope_tells_its_host(listener: str, domain: str) -> None:
    host = model.HostKey(model.TableKey(GATEWAY, 443, listener), domain)
    assert names.scope(host).startswith(names.table(host.table))
    assert names.host_of_scope(names.scope(host)) == host


@pytest.mark.parametrize("name", ["", "shop/web/80", "shop/web/http/a.com", "a/b/1/c/d/e"])
def test_other_names_are_no_scopes(name: str) -> None:
    assert names.host_of_scope(name) is None
