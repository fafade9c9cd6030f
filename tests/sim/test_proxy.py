"""The helper that asks Envoy: it must be able to say no, or nothing it accepts means anything."""

import pytest

from tests.sim.proxy import complaints, running

pytestmark = pytest.mark.envoy

BAD = {"static_resources": {"clusters": [{"name": "a", "type": "EDS", "lb_policy": "MAGLEV"}]}}
UNKNOWN = {"static_resources": {"clusters": [{"name": "a", "no_such_field": 1}]}}
OLD = {
    "static_resources": {
        "clusters": [{"name": "a", "http2_protocol_options": {}, "connect_timeout": "1s"}]
    }
}


@pytest.mark.parametrize("bootstrap", [BAD, UNKNOWN, OLD], ids=["bad", "unknown", "deprecated"])
def test_complaints(bootstrap: dict[str, object]) -> None:
    assert complaints(bootstrap) != ""


def test_an_empty_bootstrap_is_fine() -> None:
    assert complaints({}) == ""


def test_what_does_not_start_says_why() -> None:
    with pytest.raises(AssertionError, match="no_such_field"), running(UNKNOWN):
        raise RuntimeError("it must not come this far")
