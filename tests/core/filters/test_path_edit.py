"""Path replacement: the spec's table, carried out by the simulator on what Envoy is told."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import filters, model
from portway.core.api.http_filter import HTTPPathModifier
from portway.core.filters import path_edit
from portway.core.model import PathMatch
from portway.core.render.route_match import path as path_match
from tests.core.filters.test_filters import PLACE
from tests.sim import paths

TABLE = [
    ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
    ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
    ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
    ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
    ("/foo", "/foo", "/xyz", "/xyz"),
    ("/foo/", "/foo", "/xyz", "/xyz/"),
    ("/foo/bar", "/foo", "", "/bar"),
    ("/foo/", "/foo", "", "/"),
    ("/foo", "/foo", "", "/"),
    ("/foo/", "/foo", "/", "/"),
    ("/foo", "/foo", "/", "/"),
    ("/bar", "/", "/xyz", "/xyz/bar"),
    ("/", "/", "/xyz/", "/xyz/"),
    ("/bar", "/", "", "/bar"),
    ("/bar", "/", "/", "/bar"),
    ("/a.b/c", "/a.b", "", "/c"),
    ("/a/b/c", "/a/b", "/x/y/", "/x/y/c"),
]


def replaced(path: str, prefix: str, replacement: str) -> str:
    spec = HTTPPathModifier(type="ReplacePrefixMatch", replace_prefix_match=replacement)
    edit = path_edit.from_spec(spec, PLACE._replace(prefixes=(prefix,)), "path")
    assert isinstance(edit, model.PathEdit)
    fields = path_edit.rewrite(edit)
    assert path_edit.redirect(edit) == fields
    return paths.rewritten(fields, path_match(PathMatch("PathPrefix", prefix)), path)


@pytest.mark.parametrize(("path", "prefix", "replacement", "expected"), TABLE)
def test_prefix_replacement_follows_the_table(
    path: str, prefix: str, replacement: str, expected: str
) -> None:
    assert replaced(path, prefix, replacement) == expected
    assert replaced(f"{path}?q=/foo", prefix, replacement) == f"{expected}?q=/foo"


segments = st.lists(st.text("ab.+(", min_size=1, max_size=2), max_size=3)


@given(segments, segments, segments, st.booleans(), st.booleans())
def test_prefix_replacement_is_replacement_of_elements(
    prefix: list[str], rest: list[str], replacement: list[str], slash: bool, written: bool
) -> None:
    """Element by element: the prefix's go, the replacement's come, the rest and its slash stay."""
    end = "/" if slash and rest else ""
    asked = "/" + "/".join([*prefix, *rest]) + end
    given_prefix = "/" + "/".join(prefix)
    value = "/" + "/".join(replacement) + ("/" if written and replacement else "")
    expected = "/" + "/".join([*replacement, *rest]) + end
    if not rest and not prefix and replacement:
        # The path is "/", the prefix "/" and the slash after it stays.
        expected += "/"
    assert replaced(asked, given_prefix, value) == expected


@pytest.mark.parametrize(
    ("value", "path"), [("", "/"), ("/full", "/full"), ("/full/", "/full/"), ("/\\1", "/\\1")]
)
def test_full_replacement_keeps_only_the_query(value: str, path: str) -> None:
    spec = HTTPPathModifier(type="ReplaceFullPath", replace_full_path=value)
    edit = path_edit.from_spec(spec, PLACE._replace(prefixes=()), "path")
    assert edit == model.PathEdit("ReplaceFullPath", path)
    assert paths.rewritten(path_edit.rewrite(edit), {"prefix": "/"}, "/a/b?q=1") == f"{path}?q=1"
    assert path_edit.redirect(edit) == {"path_redirect": path}


@pytest.mark.parametrize("prefixes", [(), ("/a", "/b")])
def test_prefix_replacement_needs_exactly_one_prefix(prefixes: tuple[str, ...]) -> None:
    spec = HTTPPathModifier(type="ReplacePrefixMatch", replace_prefix_match="/x")
    found = path_edit.from_spec(spec, PLACE._replace(prefixes=prefixes), "path")
    assert isinstance(found, filters.Problem)
    assert "exactly one match, of type PathPrefix" in found.message


@pytest.mark.parametrize("value", ["xyz", "/a?b", "/a#b", "/a b", "http://x/"])
@pytest.mark.parametrize("kind", ["ReplaceFullPath", "ReplacePrefixMatch"])
def test_what_is_no_path_is_refused(
    kind: Literal["ReplaceFullPath", "ReplacePrefixMatch"], value: str
) -> None:
    spec = HTTPPathModifier(type=kind, replace_full_path=value, replace_prefix_match=value)
    found = path_edit.from_spec(spec, PLACE, "path")
    assert isinstance(found, filters.Problem)
    assert repr(value) in found.message


def test_an_absent_value_is_named() -> None:
    found = path_edit.from_spec(HTTPPathModifier(type="ReplaceFullPath"), PLACE, "f")
    assert isinstance(found, filters.Problem)
    assert found.message == "f: the type asks for replaceFullPath, which is absent. " + (
        "Add replaceFullPath."
    )
