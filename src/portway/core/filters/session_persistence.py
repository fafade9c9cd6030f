"""Session persistence (GEP-1619): how Envoy keeps a session at its endpoint.

Knows Envoy's stateful_session filter. Must not know which backends share sessions. Not one of the
spec's filters, though it is one for Envoy: it stands right before the router.
"""

from portway.core.filters.kind import Draft, Json
from portway.core.model import Session

NAME = "envoy.filters.http.stateful_session"
_TYPE = "type.googleapis.com/"
_FILTER = f"{_TYPE}envoy.extensions.filters.http.stateful_session.v3"
_STATE = "envoy.extensions.http.stateful_session"


def keep(session: Session, draft: Draft) -> None:
    """The session as the route's own setting. Where its endpoint is gone, another is chosen and the
    session goes on there."""
    state = _header(session) if session.header else _cookie(session)
    draft.outer.setdefault("typed_per_filter_config", {})[NAME] = {
        "@type": f"{_FILTER}.StatefulSessionPerRoute",
        "stateful_session": {"session_state": state},
    }


def _header(session: Session) -> Json:
    config = {"@type": f"{_TYPE}{_STATE}.header.v3.HeaderBasedSessionState", "name": session.name}
    return {"name": "envoy.http.stateful_session.header", "typed_config": config}


def _cookie(session: Session) -> Json:
    """Envoy marks it HttpOnly, and refuses it once its end has come, whoever still sends it."""
    cookie: Json = {"name": session.name, "path": session.path}
    if session.seconds:
        cookie["ttl"] = f"{session.seconds:.9f}".rstrip("0").rstrip(".") + "s"
    config = {"@type": f"{_TYPE}{_STATE}.cookie.v3.CookieBasedSessionState", "cookie": cookie}
    return {"name": "envoy.http.stateful_session.cookie", "typed_config": config}


def http_filter() -> Json:
    """Always in the chain and empty, so that a first session changes no listener."""
    return {
        "name": NAME,
        "disabled": True,
        "typed_config": {"@type": f"{_FILTER}.StatefulSession"},
    }
