"""The filter chain of upgraded requests."""

from base64 import b64decode

from portway.core import filters
from portway.core.render.websocket import upgraded


def test_the_chain_is_the_usual_one_behind_a_key() -> None:
    first, *rest = upgraded(filters.http_filters())
    picker = "envoy.filters.http.ext_proc"  # sees no upgraded request
    assert rest == [each for each in filters.http_filters() if each["name"] != picker]
    (mutation,) = first["typed_config"]["mutations"]["request_mutations"]
    assert mutation["append"]["append_action"] == "ADD_IF_ABSENT"
    assert len(b64decode(mutation["append"]["header"]["value"])) == 16
