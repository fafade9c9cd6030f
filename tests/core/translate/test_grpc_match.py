"""Methods as paths: what the spec says of a service and a method, and what is matched."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from portway.core import api, explain, model
from portway.core.explain.match import refusal
from portway.core.translate.grpc_match import grpc_match, path
from portway.core.translate.match import Unreadable


def method(service: str | None, name: str | None, kind: str = "Exact") -> api.GRPCMethodMatch:
    return api.GRPCMethodMatch(type=kind, service=service, method=name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (method("a.B", "Get"), ("Exact", "/a.B/Get")),
        (method("a.B", None), ("PathPrefix", "/a.B")),
        (method(None, "Get"), ("RegularExpression", "/[^/]+/Get")),
        (method("", ""), ("PathPrefix", "/")),
        (method("a|b", "G.*", "RegularExpression"), ("RegularExpression", "/(?:a|b)/(?:G.*)")),
        (method("a.*", None, "RegularExpression"), ("RegularExpression", "/(?:a.*)/[^/]+")),
    ],
)
def test_a_method_is_a_path(spec: api.GRPCMethodMatch, wanted: tuple[str, str]) -> None:
    assert path(spec) == model.PathMatch(*wanted)


def test_no_method_at_all_is_every_grpc_request() -> None:
    found = grpc_match(api.GRPCRouteMatch(), "matches[0]")
    assert found == model.Match(grpc=model.GRPCMethod())


def test_headers_are_those_of_http() -> None:
    headers = (
        api.GRPCHeaderMatch(name="X-One", value="1"),
        api.GRPCHeaderMatch(name="x-one", value="2"),
        api.GRPCHeaderMatch(name="Two", value="a.*", type="RegularExpression"),
    )
    found = grpc_match(api.GRPCRouteMatch(headers=headers), "matches[0]")
    assert isinstance(found, model.Match)
    assert found.headers == (
        model.HeaderMatch("x-one", "1"),
        model.HeaderMatch("two", "a.*", "RegularExpression"),
    )


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        (api.GRPCRouteMatch(method=method("(", None, "RegularExpression")), "m.method.service"),
        (api.GRPCRouteMatch(method=method(None, "(?<x>", "RegularExpression")), "m.method.method"),
        (
            api.GRPCRouteMatch(
                headers=(api.GRPCHeaderMatch(name="a", value="[", type="RegularExpression"),)
            ),
            "m.headers[0]",
        ),
    ],
)
def test_an_unreadable_pattern_is_named(spec: api.GRPCRouteMatch, place: str) -> None:
    found = grpc_match(spec, "m")
    assert isinstance(found, Unreadable)
    assert found.message.startswith(f"{place}: ")
    assert "RE2" in found.message


NAMES = st.sampled_from(["a", "a.B", "a.BB", "Get", "Gets", "b"])
WANTED = st.one_of(st.none(), st.just(""), NAMES, st.sampled_from(["a.*", "G.t|b", "[a-z]"]))


@given(st.sampled_from(["Exact", "RegularExpression"]), WANTED, WANTED, NAMES, NAMES)
def test_a_call_matches_as_the_spec_says(
    kind: str, service: str | None, name: str | None, called: str, at: str
) -> None:
    """Each name that is given must be the call's, or match the whole of it."""

    def fits(wanted: str | None, got: str) -> bool:
        if not wanted:
            return True
        return wanted == got if kind == "Exact" else re2.fullmatch(wanted, got) is not None

    spec = api.GRPCRouteMatch(method=method(service, name, kind))
    found = grpc_match(spec, "m")
    assert isinstance(found, model.Match)
    request = explain.from_url("GET", f"grpc://host/{called}/{at}")
    assert (not refusal(found, request, request.path)) == (fits(service, called) and fits(name, at))
