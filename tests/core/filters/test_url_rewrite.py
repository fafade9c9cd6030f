"""URLRewrite."""

from portway.core import filters, model
from portway.core.api.http_filter import HTTPPathModifier, HTTPRouteFilter, HTTPURLRewriteFilter
from portway.core.filters import url_rewrite as subject
from tests.core.filters.test_filters import PLACE


def test_from_spec_takes_host_and_path() -> None:
    path = HTTPPathModifier(type="ReplaceFullPath", replace_full_path="/x")
    spec = HTTPRouteFilter(
        type="URLRewrite", url_rewrite=HTTPURLRewriteFilter(hostname="y.com", path=path)
    )
    edit = model.PathEdit("ReplaceFullPath", "/x")
    assert filters.from_spec(spec, PLACE) == model.Rewrite("y.com", edit)


def test_a_bad_path_is_named_by_its_field() -> None:
    path = HTTPPathModifier(type="ReplaceFullPath", replace_full_path="x")
    spec = HTTPRouteFilter(type="URLRewrite", url_rewrite=HTTPURLRewriteFilter(path=path))
    found = filters.from_spec(spec, PLACE)
    assert isinstance(found, filters.Problem)
    assert found.message.startswith("rules[0].filters[0].urlRewrite.path: ")


def test_the_later_rewrite_wins_and_leaves_nothing_of_the_earlier() -> None:
    draft = filters.Draft({}, {}, str)
    subject.apply(model.Rewrite("a.com", model.PathEdit("ReplaceFullPath", "/a")), draft)
    subject.apply(model.Rewrite("", model.PathEdit("ReplacePrefixMatch", "/b", "/p")), draft)
    assert draft.action == {"host_rewrite_literal": "a.com", "prefix_rewrite": "/b"}
    assert draft.outer == {}


def test_only_a_path_needs_a_route_of_its_own() -> None:
    assert filters.in_weight(model.Rewrite("a.com"))
    assert not filters.in_weight(model.Rewrite("", model.PathEdit("ReplaceFullPath", "/a")))
