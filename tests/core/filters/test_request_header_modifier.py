"""RequestHeaderModifier, and with it the header edits that responses share."""

from typing import Any

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.route import HTTPHeader, HTTPHeaderFilter
from portway.core.filters import request_header_modifier as subject
from tests.core.filters.test_filters import PLACE

Json = dict[str, Any]


def spec(
    set: dict[str, str] | None = None,
    add: dict[str, str] | None = None,
    remove: tuple[str, ...] = (),
) -> HTTPRouteFilter:
    def headers(values: dict[str, str] | None) -> tuple[HTTPHeader, ...]:
        return tuple(HTTPHeader(name=name, value=value) for name, value in (values or {}).items())

    edit = HTTPHeaderFilter(set=headers(set), add=headers(add), remove=remove)
    return HTTPRouteFilter(type="RequestHeaderModifier", request_header_modifier=edit)


def applied(filter: model.RequestHeaders) -> tuple[Json, Json]:
    draft = filters.Draft({}, {}, str)
    subject.apply(filter, draft)
    return draft.outer, draft.action


def test_names_become_lower_case() -> None:
    found = filters.from_spec(spec({"X-Set": "1"}, {"X-Add": "2"}, ("X-Gone",)), PLACE)
    edit = model.HeaderEdit((("x-set", "1"),), (("x-add", "2"),), ("x-gone",))
    assert found == model.RequestHeaders(edit)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (spec(add={"Host": "a"}), "exactly one Host"),
        (spec(remove=("HOST",)), "exactly one Host"),
        (spec(remove=(":path",)), "':path' is not the name of a header"),
        (spec(remove=("a b",)), "'a b' is not the name of a header"),
        (spec(remove=("",)), "'' is not the name of a header"),
        (spec({"X-A": "1"}, {"x-a": "2"}), "x-a is named more than once"),
        (spec({"X-A": "1", "x-a": "2"}), "x-a is named more than once"),
        (spec({"x-a": "1"}, remove=("X-A",)), "x-a is named more than once"),
        (spec({"Content-Length": "1"}), "content-length is set by the proxy"),
        (spec(add={"Transfer-Encoding": "chunked"}), "transfer-encoding is set by the proxy"),
    ],
)
def test_what_cannot_be_edited_is_refused(value: HTTPRouteFilter, words: str) -> None:
    found = filters.from_spec(value, PLACE)
    assert isinstance(found, filters.Problem)
    assert found.fatal
    assert words in found.message
    assert found.message.startswith("rules[0].filters[0].requestHeaderModifier: ")


def test_set_replaces_add_appends_and_values_are_literal() -> None:
    edit = model.HeaderEdit((("x-set", "50%"),), (("x-add", "%REQ(x)%"),), ("x-gone",))
    assert applied(model.RequestHeaders(edit)) == (
        {
            "request_headers_to_add": [
                {
                    "header": {"key": "x-set", "value": "50%%"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                },
                {
                    "header": {"key": "x-add", "value": "%%REQ(x)%%"},
                    "append_action": "APPEND_IF_EXISTS_OR_ADD",
                },
            ],
            "request_headers_to_remove": ["x-gone"],
        },
        {},
    )


def test_setting_host_is_a_host_rewrite() -> None:
    edit = model.HeaderEdit(set=(("host", "a%b.example"),))
    assert applied(model.RequestHeaders(edit)) == ({}, {"host_rewrite_literal": "a%b.example"})
