"""Scripts of ours as routes bring them: by Envoy's rules, and interpreters by text."""

import pytest

from portway.core.filters import prompt, script, usage
from portway.core.schema import Schema


def test_it_breaks_no_rule(schema: Schema) -> None:
    config = script.settings("portway.dev/one", "function envoy_on_request(handle) end")
    kind = config.pop("@type").removeprefix("type.googleapis.com/")
    assert schema.violations(kind, schema.encode(kind, config)) == ()


def test_interpreters_are_shared_by_those_with_one_text_and_name() -> None:
    def interpreter(name: str, text: str) -> str:
        shared: str = script.settings(name, text)["shared_vm_id"]
        return shared

    assert interpreter("one", "a") == interpreter("one", "a")
    assert len({interpreter("one", "a"), interpreter("one", "b"), interpreter("two", "a")}) == 3
    assert interpreter("one", "a").startswith("one/")


@pytest.mark.parametrize("settings", [usage.settings(), prompt.settings()])
def test_whatever_a_route_brings_runs_without_a_compiler(settings: dict[str, object]) -> None:
    """And before it defines anything, so that nothing of it was ever compiled."""
    (config,) = settings.values()
    assert isinstance(config, dict)
    text = config["source_code"]["inline_string"]
    assert text.startswith("jit.off()\n")
    assert text.index("setpause") < text.index("function")
