"""Tokens as statistics: by Envoy's rules, and within a bound."""

from typing import Any

from portway.core.render import usage_stats
from portway.core.schema import Schema


def config() -> dict[str, Any]:
    found = usage_stats.usage_stats()["typed_config"]
    return {key: value for key, value in found.items() if key != "@type"}


def test_it_breaks_no_rule_of_envoy(schema: Schema) -> None:
    kind = "envoy.extensions.access_loggers.stats.v3.Config"
    assert schema.violations(kind, schema.encode(kind, config())) == ()


def test_series_have_a_bound_and_a_scope_is_not_shared() -> None:
    """Envoy 1.40 crashes at its end where one is."""
    scope = config()["stats_scope"]
    assert scope == {"prefix": usage_stats.PREFIX, "max_counters": usage_stats.MOST_SERIES}


def test_both_kinds_have_the_same_labels() -> None:
    one, other = (
        {each["name"]: each["value_format"] for each in counter["stat"]["tags"]}
        for counter in config()["counters"]
    )
    kind = "gen_ai.token.type"
    assert (one.pop(kind), other.pop(kind)) == ("input", "output")
    assert one == other
