"""Trees of paths: the same routes, in the same order, for every request."""

import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portway.core.model import PathMatch
from portway.core.render import path_tree
from portway.core.render.path_tree import Keyed
from tests.sim import trees
from tests.sim.requests import Call, matches

SEGMENTS = ("a", "b", "ab", "abc", "b;", "é")
PATHS = st.lists(st.sampled_from(SEGMENTS), max_size=4).map(lambda each: "/" + "/".join(each))
PATTERNS = st.sampled_from(
    ["/a.*", ".*b", "^/a/(b|abc)$", "/(?i)A", "/ab?c?(/.*)?", "/a/b|/b", "/[ab]+", "/é/.*", "/"]
)
MATCHES = st.one_of(
    st.builds(PathMatch, st.sampled_from(["Exact", "PathPrefix"]), PATHS),
    st.builds(PathMatch, st.just("RegularExpression"), PATTERNS),
)


def envoy_match(path: PathMatch) -> dict[str, object]:
    if path.kind == "Exact":
        return {"path": path.value}
    if path.kind == "RegularExpression":
        return {"safe_regex": {"regex": path.value}}
    prefix = path.value.rstrip("/")
    return {"path_separated_prefix": prefix} if prefix else {"prefix": "/"}


@settings(max_examples=400, deadline=None)
@given(st.lists(MATCHES, min_size=1, max_size=40), st.lists(PATHS, min_size=1, max_size=20))
@example([PathMatch("Exact", "/a"), PathMatch("PathPrefix", "/")], ["/a", "/a/b", "/ab"])
def test_a_tree_finds_the_routes_of_the_list_in_their_order(
    paths: list[PathMatch], asked: list[str]
) -> None:
    ranked = [
        Keyed(path_tree.key(each), [{"match": envoy_match(each), "name": str(place)}])
        for place, each in enumerate(paths)
    ]
    host = {"matcher": path_tree.tree(ranked, [])}
    host["matcher"]["matcher_list"]["matchers"] = []
    routes = [route for each in ranked for route in each.routes if isinstance(route, dict)]
    for path in asked:
        for query in ("", "?q=/a/b"):
            call = Call(80, "x.com", path + query)
            listed = [r["name"] for r in routes if matches(r["match"], call)]
            found = [r["name"] for r in trees.routes(host, call) if matches(r["match"], call)]
            assert found == listed


@given(MATCHES, PATHS)
def test_every_matching_path_begins_with_the_key(match: PathMatch, path: str) -> None:
    if matches(envoy_match(match), Call(80, "x.com", path)):
        assert path.startswith(path_tree.key(match))


def test_what_is_known_of_a_pattern_s_beginning() -> None:
    known = {
        "^/v1/models/([^/]+)/infer$": "/v1/models/",
        "/v1/models/x(:predict)?": "/v1/models/x",
        "/foo\\.bar": "/foo.bar",
        "/abc|/abd": "/ab",
        "/a|other": "/",
        ".*": "/",
        "(?i)/abc": "/",
        "(": "/",
    }
    for pattern, beginning in known.items():
        assert path_tree.key(PathMatch("RegularExpression", pattern)) == beginning


def test_a_key_is_bounded() -> None:
    path = "/" + "a" * 5_000
    assert path.startswith(path_tree.key(PathMatch("Exact", path)))
    assert len(path_tree.key(PathMatch("Exact", path))) == 256


def test_each_of_thousands_of_paths_has_a_short_leaf_of_its_own() -> None:
    keys = [f"/app/{number:05}" for number in range(5_000)] + ["/"]
    found = path_tree.leaves(keys)
    assert found["/app/00042"] == [42, 5_000]
    assert max(map(len, found.values())) == 2
    assert len(found) == len(keys)


def test_many_routes_for_every_path_are_not_repeated_for_each_of_them() -> None:
    everywhere, paths = 200, 4_000
    keys = ["/"] * everywhere + [f"/{number:04}" for number in range(paths)]
    found = path_tree.leaves(keys)
    assert sum(map(len, found.values())) < 10 * len(keys)
    # What has to be tried for a request is what can match it, and a little more.
    assert max(map(len, found.values())) < 2 * everywhere
    assert sorted({place for each in found.values() for place in each}) == list(range(len(keys)))


def test_a_refusal_comes_before_the_tree() -> None:
    refused = path_tree.refusal(
        [path_tree.holds(":path", {"contains": ".;"})], {"name": "no", "match": {"prefix": "/"}}
    )
    ranked = [Keyed("/", [{"name": "yes", "match": {"prefix": "/"}}])]
    host = {"matcher": path_tree.tree(ranked, [refused])}
    assert [r["name"] for r in trees.routes(host, Call(80, "x", "/a.;"))] == ["no"]
    assert [r["name"] for r in trees.routes(host, Call(80, "x", "/a"))] == ["yes"]


def test_patterns_are_read_as_the_whole_path() -> None:
    assert re2.fullmatch("/abc|/abd", "/abd")
    assert path_tree.key(PathMatch("RegularExpression", "/a|/b")) == "/"
