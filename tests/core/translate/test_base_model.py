"""Which names a match on a base model stands for, and who says so."""

from typing import Any

import pytest

from portway.core import model, translate
from portway.core.translate.base_model import MOST, bases

MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, namespace: shop}}
data: {{baseModel: {base}, adapters: {adapters}}}
---
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: models
  namespace: shop
  annotations: {{portway.dev/adapters: "{maps}"}}
spec:
  parentRefs: [{{name: web}}]
  rules:
  - matches:
    - headers: [{{name: X-Gateway-Base-Model-Name, type: {kind}, value: {value}}}]
"""


def maps(**named: tuple[str, str]) -> str:
    return "".join(
        MAP.format(name=name, base=base, adapters=repr(adapters))
        for name, (base, adapters) in named.items()
    )


def rules(world: Any, text: str, value: str, kind: str = "Exact", used: str = "one") -> Any:
    world.add(text + ROUTE.format(maps=used, kind=kind, value=value))
    return translate.route_rules(world.get("HTTPRoute", "shop", "models"), world)


def asked(found: model.RouteRules) -> list[tuple[str, ...]]:
    (rule,) = found.rules
    headers = [header for match in rule.matches for header in match.headers]
    assert {each.name for each in headers} <= {"x-gateway-model-name"}
    return [each.any_of or (each.value,) for each in headers]


def test_a_base_model_goes_by_its_name_and_those_of_its_adapters(world: Any) -> None:
    text = maps(one=("llama", "[tuned, a.b, llama, '', tuned]"))
    found = rules(world, text, "llama")
    assert asked(found) == [("a.b", "llama", "tuned")]
    assert found.rules[0].matches[0].headers[0].value == r"a\.b|llama|tuned"
    assert found.rules[0].matches[0].base == "llama"
    assert found.findings == ()


def test_a_model_that_no_map_names_is_its_own_base(world: Any) -> None:
    assert asked(rules(world, "", "other", used="")) == [("other",)]


def test_an_expression_is_held_against_base_models(world: Any) -> None:
    text = maps(one=("q/7b", "[x]"), two=("q/1b", "[y, x]"), three=("llama", "[q/z]"))
    found = rules(world, text, "q/.*", "RegularExpression", "one, two, three")
    assert asked(found) == [("q/1b", "q/7b", "x", "y")]
    assert found.rules[0].matches[0].base == ""
    (rule,) = rules(world, text, "none.*", "RegularExpression").rules
    assert rule.matches == ()


def test_an_adapter_of_two_belongs_to_the_first_that_is_named(world: Any) -> None:
    text = maps(one=("a", "[x]"), two=("b", "[x, y]"))
    assert asked(rules(world, text, "b", used="two,one")) == [("b", "x", "y")]
    assert asked(rules(world, text, "b", used="one,two")) == [("b", "y")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ConfigMap shop/one does not exist"),
        (maps(one=("' '", "[x]")), "has no baseModel"),
        (maps(one=("a", "{x: y}")), "adapters that are no list"),
        (maps(one=("a", "[1]")), "adapters that are no list"),
        (maps(one=("a", "[")), "adapters that are no list"),
        (maps(one=("a", str([f"m{n}" for n in range(MOST + 1)]))), "more than 1000 adapters"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_holds(world: Any, text: str, words: str) -> None:
    found = rules(world, text, "a")
    assert asked(found) == [("a",)]
    (finding,) = found.findings
    assert finding.condition == "ResolvedRefs"
    assert words in finding.message


def test_without_the_annotation_the_header_is_one_as_any_other(world: Any) -> None:
    world.add(ROUTE.format(maps="", kind="Exact", value="a").replace("portway.dev/adapters", "x"))
    route = world.get("HTTPRoute", "shop", "models")
    assert not bases(route, world).asked
    (match,) = translate.route_rules(route, world).rules[0].matches
    assert (match.headers[0].name, match.base) == ("x-gateway-base-model-name", None)


def test_many_names_are_several_matches_that_the_proxy_takes(world: Any) -> None:
    every = [f"organisation/adapter-number-{number}" for number in range(MOST)]
    found = rules(world, maps(one=("a", str(every))), "a")
    parts = asked(found)
    assert sorted(name for part in parts for name in part) == sorted(["a", *every])
    assert all(len(match.headers[0].value) < 4096 for match in found.rules[0].matches)


def test_names_that_nobody_can_ask_for_are_left_out(world: Any) -> None:
    long = "n" * 1025
    found = rules(world, maps(one=("a", str(["é", long, "b c"]))), "a")
    assert asked(found) == [("a", "b c")]
