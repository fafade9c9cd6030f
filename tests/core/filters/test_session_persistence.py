"""What Envoy is told of a session."""

from typing import Any

from portway.core import filters, model
from portway.core.filters import session_persistence as subject


def kept(session: model.Session) -> dict[str, Any]:
    draft = filters.Draft({}, {}, lambda key: key.name)
    filters.keep(session, draft)
    assert draft.action == {}
    found: dict[str, Any] = draft.outer["typed_per_filter_config"][subject.NAME]
    state: dict[str, Any] = found["stateful_session"]["session_state"]["typed_config"]
    return state


def test_a_cookie_of_the_browsers_session_has_no_end() -> None:
    assert kept(model.Session(False, "a", "/x"))["cookie"] == {"name": "a", "path": "/x"}


def test_a_permanent_cookie_has_one() -> None:
    cookie = kept(model.Session(False, "a", seconds=1.5))["cookie"]
    assert cookie == {"name": "a", "path": "/", "ttl": "1.5s"}


def test_a_header() -> None:
    assert kept(model.Session(True, "x-a"))["name"] == "x-a"


def test_its_place_in_the_chain_is_empty_and_off() -> None:
    made = subject.http_filter()
    assert made["disabled"] is True
    assert list(made["typed_config"]) == ["@type"]
