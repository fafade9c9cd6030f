"""ResponseHeaderModifier; the edits themselves are tested with the request's."""

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.route import HTTPHeader, HTTPHeaderFilter
from portway.core.filters import response_header_modifier as subject
from tests.core.filters.test_filters import PLACE


def spec(edit: HTTPHeaderFilter) -> HTTPRouteFilter:
    return HTTPRouteFilter(type="ResponseHeaderModifier", response_header_modifier=edit)


def test_the_edit_goes_to_the_response() -> None:
    edit = HTTPHeaderFilter(set=(HTTPHeader(name="Server", value="mine"),), remove=("X-Gone",))
    found = filters.from_spec(spec(edit), PLACE)
    assert found == model.ResponseHeaders(
        model.HeaderEdit(set=(("server", "mine"),), remove=("x-gone",))
    )
    draft = filters.Draft({}, {}, str)
    subject.apply(found, draft)
    assert draft.action == {}
    assert draft.outer["response_headers_to_remove"] == ["x-gone"]
    assert draft.outer["response_headers_to_add"][0]["header"] == {"key": "server", "value": "mine"}


@pytest.mark.parametrize(
    "edit",
    [
        HTTPHeaderFilter(set=(HTTPHeader(name="Host", value="a"),)),
        HTTPHeaderFilter(add=(HTTPHeader(name="host", value="a"),)),
        HTTPHeaderFilter(remove=("HOST",)),
    ],
)
def test_host_has_no_place_in_a_response(edit: HTTPHeaderFilter) -> None:
    found = filters.from_spec(spec(edit), PLACE)
    assert isinstance(found, filters.Problem)
    assert "Host is a header of requests only" in found.message


def test_removing_status_is_refused() -> None:
    found = filters.from_spec(spec(HTTPHeaderFilter(remove=(":status",))), PLACE)
    assert isinstance(found, filters.Problem)
    assert "':status' is not the name of a header" in found.message
