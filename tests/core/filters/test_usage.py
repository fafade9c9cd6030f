"""The filter that looks at what an answer took: by Envoy's rules, and off by itself. What it finds
is in tests/wire/test_token_usage.py."""

from portway.core.filters import endpoint_picker, http_filters, usage
from portway.core.schema import Schema

PREFIX = "envoy.extensions.filters.http.lua.v3."


def bare(config: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in config.items() if key != "@type"}


def test_it_breaks_no_rule_and_is_off_by_itself(schema: Schema) -> None:
    found = usage.http_filter()
    assert found["disabled"]
    assert found["typed_config"].keys() == {"@type"}
    assert schema.violations(f"{PREFIX}Lua", bare(found["typed_config"])) == ()
    (config,) = usage.settings().values()
    assert schema.violations(f"{PREFIX}LuaPerRoute", bare(config)) == ()
    assert usage.settings().keys() == {found["name"]}


def test_all_routes_share_an_interpreter() -> None:
    (config,) = usage.settings().values()
    assert config["shared_vm_id"].startswith(f"{usage.NAME}/")


def test_it_sees_what_the_model_server_sent() -> None:
    """Answers come from the end of the chain."""
    names = [each["name"] for each in http_filters()]
    assert names.index(usage.NAME) > names.index(endpoint_picker.NAME)
