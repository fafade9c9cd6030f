"""The filter that reads the name of a model: by Envoy's rules, first, and nothing by itself.

What it reads and what it does not is shown on the wire (tests/wire/test_model_names.py).
"""

from portway.core.filters import http_filters, model_name
from portway.core.schema import Schema

PREFIX = "envoy.extensions.filters.http."


def bare(config: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in config.items() if key != "@type"}


def test_it_breaks_no_rule_and_is_off_by_itself(schema: Schema) -> None:
    found = model_name.http_filter()
    assert found["disabled"]
    assert schema.violations(f"{PREFIX}lua.v3.Lua", bare(found["typed_config"])) == ()
    own = model_name.settings([])[found["name"]]
    assert schema.violations(f"{PREFIX}lua.v3.LuaPerRoute", bare(own)) == ()
    assert found["typed_config"].keys() == {"@type"}


def test_it_stands_before_everything_that_goes_by_a_route() -> None:
    assert http_filters()[1] == model_name.http_filter()


def test_what_else_is_needed_is_turned_on_and_left_as_it_is() -> None:
    own = model_name.http_filter()["name"]
    found = model_name.settings(["b", "a"])
    assert list(found) == ["a", "b", own]
    assert found["a"]["config"] == {}


def test_no_client_can_say_that_its_body_has_been_read() -> None:
    """It is metadata of the proxy's own, in a namespace that no picker can write."""
    asked = model_name.unread()
    assert asked["filter"] == "portway.dev"
    assert asked["invert"]
    picker = next(each for each in http_filters() if each["name"].endswith("ext_proc"))
    options = picker["typed_config"]["metadata_options"]["receiving_namespaces"]
    assert asked["filter"] not in options["untyped"]
