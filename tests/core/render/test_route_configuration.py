"""The head of a table."""

from portway.core import model, render
from tests.core.render.cases import GATEWAY


def test_the_head_has_no_hosts() -> None:
    assert render.route_configuration(model.TableKey(GATEWAY, 443, "tls")) == {
        "name": "shop/web/443/tls",
        "ignore_port_in_host_matching": True,
        "validate_clusters": False,
    }
