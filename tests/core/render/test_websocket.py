"""The filter chain of upgraded requests."""

from base64 import b64decode

from portway.core import filters
from portway.core.render.websocket import upgrade


def test_the_chain_is_the_usual_one_behind_a_key() -> None:
    found = upgrade(filters.http_filters())
    first, *rest = found["filters"]
    assert found["upgrade_type"] == "websocket"
    picker = "envoy.filters.http.ext_proc"  # sees no upgraded request
    assert rest == [each for each in filters.http_filters() if each["name"] != picker]
    (mutation,) = first["typed_config"]["mutations"]["request_mutations"]
    assert mutation["append"]["append_action"] == "ADD_IF_ABSENT"
    assert len(b64decode(mutation["append"]["header"]["value"])) == 16
