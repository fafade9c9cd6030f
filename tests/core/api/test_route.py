"""Session persistence reads the same in both shapes."""

import pytest

from portway.core import api
from portway.core.api import CookieConfig, SessionCookie, SessionHeader, SessionPersistence


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (SessionPersistence(), ("", "/", "Session")),
        (SessionPersistence(session_name="s"), ("s", "/", "Session")),
        (
            SessionPersistence(
                session_name="s", cookie_config=CookieConfig(lifetime_type="Permanent")
            ),
            ("s", "/", "Permanent"),
        ),
        (
            SessionPersistence(
                cookie=SessionCookie(name="c", path="/x", lifetime_type="Permanent")
            ),
            ("c", "/x", "Permanent"),
        ),
        (SessionPersistence(type="Header", header=SessionHeader(name="h")), ("h", "/", "Session")),
        (SessionPersistence(type="Header", session_name="s"), ("s", "/", "Session")),
    ],
)
def test_session_persistence(
    session: api.SessionPersistence, expected: tuple[str, str, str]
) -> None:
    assert (session.name, session.path, session.lifetime_type) == expected
