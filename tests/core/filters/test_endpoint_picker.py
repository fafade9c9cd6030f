"""The filter that asks a picker: off in every chain, on for a share."""

from portway.core import filters
from portway.core.filters import endpoint_picker
from portway.core.schema import Schema

PREFIX = "envoy.extensions.filters.http.ext_proc.v3"


def test_it_is_off_and_late_in_the_chain() -> None:
    *_, found, _, _, router = filters.http_filters()
    assert found == endpoint_picker.http_filter()
    assert found["disabled"] is True
    assert router["name"] == "envoy.filters.http.router"


def test_by_itself_it_shows_nothing_and_chooses_no_other_route() -> None:
    """In a chain made before the route is known it stands for requests that nobody has to see."""
    config = endpoint_picker.http_filter()["typed_config"]
    assert set(config["processing_mode"].values()) == {"SKIP", "NONE"}
    assert config["route_cache_action"] == "RETAIN"


def test_a_share_says_what_to_show_to_whom_and_envoy_takes_it(schema: Schema) -> None:
    value = endpoint_picker.settings("service/a/epp/9002/picker", fail_open=True)
    overrides = value["overrides"]
    assert overrides["grpc_service"]["envoy_grpc"]["cluster_name"] == "service/a/epp/9002/picker"
    assert overrides["failure_mode_allow"] is True
    assert overrides["processing_mode"] == {
        "request_header_mode": "SEND",
        "request_body_mode": "FULL_DUPLEX_STREAMED",
        "request_trailer_mode": "SEND",
        "response_header_mode": "SEND",
        "response_body_mode": "FULL_DUPLEX_STREAMED",
        "response_trailer_mode": "SEND",
    }
    body = {k: v for k, v in value.items() if k != "@type"}
    name = f"{PREFIX}.ExtProcPerRoute"
    assert schema.violations(name, schema.encode(name, body)) == ()


def test_in_the_light_mode_no_body_comes_back(schema: Schema) -> None:
    value = endpoint_picker.settings("service/a/epp/9002/picker", fail_open=False, light=True)
    assert value["overrides"]["processing_mode"] == {
        "request_header_mode": "SEND",
        "request_body_mode": "BUFFERED_PARTIAL",
        "request_trailer_mode": "SKIP",
        "response_header_mode": "SEND",
        "response_body_mode": "NONE",
        "response_trailer_mode": "SEND",
    }
    name = f"{PREFIX}.ExtProcPerRoute"
    body = {k: v for k, v in value.items() if k != "@type"}
    assert schema.violations(name, schema.encode(name, body)) == ()
