"""Which routes a virtual host tries for a call: its list, or what a tree of paths leads to.

Knows Envoy's matchers as far as a virtual host uses them: predicates first, then the longest prefix
in a map, whose routes are tried and no others. Must not know what a route does.
"""

from typing import Any, TypeAlias

from tests.sim.requests import Call, header_values, string_matches

Json: TypeAlias = dict[str, Any]


def routes(host: Json, call: Call) -> list[Json]:
    """The routes in the order in which they are tried."""
    if "matcher" not in host:
        listed: list[Json] = host["routes"]
        return listed
    found = _matched(host["matcher"], call)
    return [] if found is None else _of_action(found["action"])


def _matched(matcher: Json, call: Call) -> Json | None:
    """The OnMatch with an action that a matcher leads to."""
    if "matcher_list" in matcher:
        for each in matcher["matcher_list"]["matchers"]:
            if _holds(each["predicate"], call):
                return _followed(each["on_match"], call)
        return _followed(matcher["on_no_match"], call)
    tree = matcher["matcher_tree"]
    assert "on_no_match" not in matcher, "no rule for a tree with something to fall back on"
    (text,) = header_values(call, tree["input"]["typed_config"]["header_name"])
    keys = [key for key in tree["prefix_match_map"]["map"] if text.startswith(key)]
    return _followed(tree["prefix_match_map"]["map"][max(keys, key=len)], call) if keys else None


def _followed(on_match: Json, call: Call) -> Json | None:
    return _matched(on_match["matcher"], call) if "matcher" in on_match else on_match


def _holds(predicate: Json, call: Call) -> bool:
    if "and_matcher" in predicate:
        return all(_holds(each, call) for each in predicate["and_matcher"]["predicate"])
    single = predicate["single_predicate"]
    values = header_values(call, single["input"]["typed_config"]["header_name"])
    return bool(values) and string_matches(single["value_match"], ",".join(values))


def _of_action(action: Json) -> list[Json]:
    config = action["typed_config"]
    if config["@type"].endswith(".RouteList"):
        listed: list[Json] = config["routes"]
        return listed
    return [{key: value for key, value in config.items() if key != "@type"}]
