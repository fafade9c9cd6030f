"""Names of Envoy resources are a contract: these exact strings."""

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
