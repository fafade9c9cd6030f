"""Access logs."""

from typing import Any, get_args

import pytest

from portway.core import model
from portway.core.api.proxy_config import LogField
from portway.core.render import access_log as module
from portway.core.render.access_log import access_logs, l4_access_log
from portway.core.schema import Schema

LOGGER = "envoy.config.accesslog.v3.AccessLog"
KNOWN = [
    {**module._FIELDS, **module._USAGE},
    {**module._L4_FIELDS, "cluster": ""},
]


def config(log: module.Log) -> dict[str, Any]:
    found = access_logs(log)[0]
    inner: dict[str, Any] = found["typed_config"]
    return inner


def test_lines_name_the_route_and_leave_out_queries() -> None:
    found = config("/dev/stdout")
    fields = found["log_format"]["json_format"]
    assert found["path"] == "/dev/stdout"
    assert fields["route"] == "%ROUTE_NAME%"
    assert fields["path"] == "%PATH(NQ)%"


def test_tokens_are_fields_of_those_lines_only_that_have_them() -> None:
    plain, more = (each["typed_config"]["log_format"]["json_format"] for each in access_logs("a"))
    assert plain.items() <= more.items()
    added = more.keys() - plain.keys()
    assert added == {"model", "prompt_tokens", "completion_tokens", "total_tokens"}


def test_each_request_is_a_line_of_one_of_them() -> None:
    for log in ("a", model.AccessLog(), model.AccessLog(fields=("status", "total_tokens"))):
        without, with_usage = (each["filter"]["metadata_filter"] for each in access_logs(log))
        assert without["match_if_key_not_found"] is not with_usage["match_if_key_not_found"]
        assert without["matcher"]["path"] == with_usage["matcher"]["path"]
    (found,) = access_logs(model.AccessLog(fields=("status",)))
    assert "filter" not in found


def test_none_is_written_unless_it_is_asked_for() -> None:
    for log in ("", model.AccessLog(enabled=False)):
        assert access_logs(log) == []
        assert l4_access_log(log, "c") == []


def test_a_gateways_own_goes_to_the_standard_output() -> None:
    found = config(model.AccessLog(fields=("status", "time"), headers=("user-agent",)))
    assert found["@type"].endswith("StdoutAccessLog")
    assert list(found["log_format"]["json_format"].items()) == [
        ("status", "%RESPONSE_CODE%"),
        ("time", "%START_TIME%"),
        ("header:user-agent", "%REQ(USER-AGENT)%"),
    ]


def test_as_text_it_is_a_line() -> None:
    found = config(model.AccessLog(text=True, fields=("status", "route")))
    line = found["log_format"]["text_format_source"]["inline_string"]
    assert line == 'status="%RESPONSE_CODE%" route="%ROUTE_NAME%"\n'


def test_of_connections_only_what_they_have_is_told() -> None:
    (found,) = l4_access_log(model.AccessLog(fields=("method", "sni", "cluster")), "tcp/a")
    shown = found["typed_config"]["log_format"]["json_format"]
    assert shown == {"sni": "%REQUESTED_SERVER_NAME%", "cluster": "tcp/a"}


def test_what_may_be_chosen_is_what_is_known() -> None:
    assert set(get_args(LogField)) == {name for each in KNOWN for name in each}


@pytest.mark.parametrize("text", [False, True])
def test_it_breaks_no_rule(schema: Schema, text: bool) -> None:
    log = model.AccessLog(text=text, headers=("x-a",))
    for each in (*access_logs(log), *l4_access_log(log, "c"), *access_logs("/dev/null")):
        assert schema.violations(LOGGER, schema.encode(LOGGER, each)) == ()


def test_a_pick_is_told_from_the_pickers_metadata() -> None:
    fields = config("/dev/stdout")["log_format"]["json_format"]
    assert fields["picked"] == "%DYNAMIC_METADATA(envoy.lb:x-gateway-destination-endpoint)%"
    assert fields["pick"] == "%DYNAMIC_METADATA(envoy.lb:portway.dev/pick)%"
