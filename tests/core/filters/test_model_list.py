"""The list of models: OpenAI's form, and a script that is by Envoy's rules and quotes every name.

What it answers is shown on the wire (tests/wire/test_model_list.py).
"""

import json

from portway.core.filters import model_list, prompt
from portway.core.schema import Schema

ODD = 'it\'s/"a\\b"'


def test_a_list_is_one_of_openais() -> None:
    found = json.loads(model_list.models(["a", ODD]))
    assert [each["id"] for each in found["data"]] == ["a", ODD]
    assert found["object"] == "list"
    assert all(
        each.keys() == {"id", "object", "created", "owned_by"} and type(each["created"]) is int
        for each in found["data"]
    )


def test_the_script_breaks_no_rule_and_stands_where_prompts_are_looked_at(schema: Schema) -> None:
    ((name, config),) = model_list.settings(["a", ODD]).items()
    assert prompt.settings().keys() == {name}
    bare = {key: value for key, value in config.items() if key != "@type"}
    assert schema.violations("envoy.extensions.filters.http.lua.v3.LuaPerRoute", bare) == ()


def test_no_name_ends_the_text_that_it_stands_in() -> None:
    script = next(iter(model_list.settings(["'..os.exit()..'"]).values()))
    assert "\\'..os.exit()..\\'" in script["source_code"]["inline_string"]
    assert "\"'..os" not in script["source_code"]["inline_string"]
