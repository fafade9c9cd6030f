"""Session persistence: names, ends, pools, and what is refused."""

from typing import Any

import msgspec
import pytest

from portway.core import api, model
from portway.core.translate.session import Owner, Read, read_session

ROUTE = model.ObjectKey("HTTPRoute", "shop", "cart")
BLUE = model.ClusterKey("Service", "shop", "blue", 80, "http")
GREEN = BLUE._replace(name="green")
NAMED = model.ClusterKey("Backend", "shop", "named", 0, "http")
PICKED = model.ClusterKey("InferencePool", "shop", "llama", 0, "http")
OWNER = Owner(ROUTE, lambda key: key == NAMED, lambda key: key == PICKED)
EDIT = model.RequestHeaders(model.HeaderEdit())


def read(*shares: model.Share, **spec: Any) -> Read:
    return read_session(msgspec.convert(spec, api.SessionPersistence), 2, shares, OWNER)


def session(*shares: model.Share, **spec: Any) -> model.Session:
    found = read(*shares, **spec)
    assert found.session is not None
    assert found.refusals == ()
    return found.session


def share(backend: model.ClusterKey | None, weight: int = 1) -> model.Share:
    return model.Share(weight, backend)


def test_without_one_there_is_none() -> None:
    assert read_session(None, 0, (), OWNER) == Read()


def test_one_backend_needs_no_pool() -> None:
    assert session(share(BLUE), share(None), sessionName="a") == model.Session(False, "a")
    assert session(share(BLUE), type="Header", header={"name": "X-A"}).header


def test_a_picker_decides_alone() -> None:
    for shares in ([share(PICKED)], [share(PICKED, 0), share(None)]):
        (refusal,) = read(*shares).refusals
        assert (refusal.condition, refusal.reason) == ("Accepted", "UnsupportedValue")
        assert "rules[2].sessionPersistence: an endpoint picker decides" in refusal.message
        assert "InferencePool shop/llama" in refusal.message
    assert session(share(PICKED._replace(name="balanced"))).pool is None


def test_several_are_a_pool_of_their_rule_also_at_weight_0() -> None:
    pool = model.ClusterKey("HTTPRoute", "shop", "cart", 2, "http")
    assert session(share(BLUE), share(GREEN, 0), sessionName="a").pool == pool
    assert session(share(BLUE, 0), share(GREEN, 0), sessionName="a").pool is None


def test_a_generated_name_is_that_of_the_rule() -> None:
    made = session(share(BLUE)).name
    assert made == session(share(GREEN)).name
    assert made.startswith("session-")
    other = read_session(api.SessionPersistence(), 3, (), OWNER).session
    assert other is not None
    assert other.name != made
    assert session(share(BLUE), type="Header").name.startswith("x-session-")


def test_a_permanent_cookie_ends() -> None:
    cookie = {"name": "a", "path": "/x", "lifetimeType": "Permanent"}
    found = session(share(BLUE), cookie=cookie, absoluteTimeout="1m30s")
    assert found == model.Session(False, "a", "/x", 90.0)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"idleTimeout": "1m"}, ".idleTimeout"),
        ({"absoluteTimeout": "1m"}, ".absoluteTimeout"),
        ({"absoluteTimeout": "1m", "type": "Header"}, ".absoluteTimeout"),
    ],
)
def test_an_end_that_nobody_keeps_is_refused(spec: dict[str, Any], field: str) -> None:
    found = read(share(BLUE), **spec)
    (refusal,) = found.refusals
    assert found.session is None
    assert (refusal.condition, refusal.reason) == ("Accepted", "UnsupportedValue")
    assert refusal.message.startswith(f"rules[2].sessionPersistence{field}: ")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (model.Share(1, GREEN, (EDIT,)), "no filters"),
        (share(GREEN._replace(protocol="h2c")), "one protocol"),
        (share(GREEN._replace(policy="tls")), "plain text only"),
        (share(NAMED), "hostname"),
    ],
)
def test_backends_that_cannot_be_one_pool_are_refused(other: model.Share, words: str) -> None:
    (refusal,) = read(share(BLUE), other).refusals
    assert words in refusal.message
    assert read(other).refusals == (), "alone it can be done"
