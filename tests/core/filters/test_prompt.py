"""The filter that looks at the beginning of a prompt: by Envoy's rules, and within its bounds."""

import pytest

from portway.core import model
from portway.core.filters import http_filters, prompt
from portway.core.render import forwarding
from portway.core.schema import Schema

PREFIX = "envoy.extensions.filters.http."


def bare(config: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in config.items() if key != "@type"}


def test_it_breaks_no_rule_and_is_off_by_itself(schema: Schema) -> None:
    found = prompt.http_filter()
    assert found["disabled"]
    assert schema.violations(f"{PREFIX}lua.v3.Lua", bare(found["typed_config"])) == ()
    (config,) = prompt.settings().values()
    assert schema.violations(f"{PREFIX}lua.v3.LuaPerRoute", bare(config)) == ()
    assert prompt.settings().keys() == {found["name"]}


def test_the_script_comes_before_the_picker() -> None:
    names = [each["name"].removeprefix("envoy.filters.http.") for each in http_filters()]
    assert [each for each in names if each in ("lua", "ext_proc")] == ["lua", "ext_proc"]


def test_no_listener_keeps_an_interpreter_and_nothing_is_done_by_itself() -> None:
    """Each script of a chain is one for every worker; and in some shapes of the routes a filter
    that is off is there all the same."""
    assert prompt.http_filter()["typed_config"].keys() == {"@type"}


def test_what_is_waited_for_fits_into_the_buffer_of_the_route() -> None:
    matched = prompt.match()["range_match"]
    assert int(matched["end"]) - 1 == prompt.LOOKED_AT
    kept = forwarding.replay(model.Rule(0, (), model.Forward()), models=True)
    assert kept["request_body_buffer_limit"] >= prompt.LOOKED_AT


@pytest.mark.parametrize("looks", [True, False])
@pytest.mark.parametrize("tells", [True, False])
def test_each_script_does_what_it_is_for(schema: Schema, looks: bool, tells: bool) -> None:
    (config,) = prompt.settings(looks=looks, tells=tells).values()
    assert schema.violations(f"{PREFIX}lua.v3.LuaPerRoute", bare(config)) == ()
    script = config["source_code"]["inline_string"]
    assert ("handle:body()" in script) == looks
    # An answer is looked at only where somebody may ask.
    assert ("envoy_on_response" in script) == tells


def test_the_endpoint_is_written_over_what_a_backend_says() -> None:
    assert prompt.served() == {
        "header": {"key": "x-portway-pick", "value": "%UPSTREAM_HOST%"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }
