"""What the keys of an external backend's connections say of TLS."""

from typing import Any

import pytest

from portway.core import model

KEY = model.ObjectKey("XBackend", "shop", "outside")
SECRET = model.ObjectKey("Secret", "certs", "us")


def backend(tls: Any) -> model.External:
    return model.External(KEY, 1, model.Endpoint("a.example.com", 443), "", tls is not None, tls)


def tls(client: model.ObjectKey | None) -> model.BackendTLS:
    return model.BackendTLS("a.example.com", (), model.TrustKey(), client)


@pytest.mark.parametrize(
    ("found", "policy"),
    [(None, ""), (tls(None), "outside"), (tls(SECRET), "outside/certs/us")],
)
def test_it_demands_tls_itself(found: Any, policy: str) -> None:
    assert backend(found).policy == policy
    key = model.ClusterKey(*KEY, 443, "http", policy)
    assert key.tls_policy == (KEY if policy else None)
    assert key.client == (SECRET if found and found.client else None)


def test_what_a_gateway_shows_is_not_shown_to_it() -> None:
    """It says itself which certificate it wants to see."""
    for policy in ("outside", "outside/certs/us"):
        key = model.ClusterKey(*KEY, 443, "http", policy)
        assert key.showing(model.ObjectKey("Secret", "shop", "other")) == key
        assert key.plainly() == key
