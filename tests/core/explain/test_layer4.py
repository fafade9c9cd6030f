"""Connections that one route takes as a whole: who has them, what becomes of each share."""

from typing import Any

import pytest

from portway.core import explain, model
from tests.core.explain.conftest import GATEWAY, Site

BLUE, GREEN, EMPTY = (
    model.ClusterKey("Service", "apps", name, 80, "tcp") for name in ("blue", "green", "empty")
)
ROUTE, LATER = (model.ObjectKey("TCPRoute", "apps", name) for name in ("db", "later"))
TLS, WIDE = (model.ObjectKey("TLSRoute", "apps", name) for name in ("tls", "wide"))


def end(port: int) -> model.Endpoint:
    return model.Endpoint("10.0.0.1", port)


def put(site: Site, place: model.L4Place, *groups: model.EndpointGroup) -> None:
    site.places4[place.key] = place
    site.pools4[place.key] = model.L4Pool(place.key, place.route, groups=groups)


def said(site: Site, url: str, expect: str = "") -> explain.Explanation:
    return explain.explain(site, explain.from_url("GET", url), expect)


@pytest.fixture
def weighted(site: Site) -> Site:
    listener = site.listener("db", 5432, protocol="TCP")
    place = model.L4Key(GATEWAY, 5432, "TCP")
    shares = (
        model.L4Share(5, BLUE),
        model.L4Share(2, None),
        model.L4Share(3, EMPTY),
        model.L4Share(0, GREEN),
    )
    put(
        site,
        model.L4Place(place, ROUTE, shares, (LATER,)),
        model.EndpointGroup(5, (BLUE,), (end(1),)),
    )
    for key in (ROUTE, LATER):
        parent = model.ParentAttachment(0, GATEWAY, ((listener, ("*",)),))
        site.attached[key] = model.Attachment(key, (parent,))
        site.found[key] = model.RouteRules(key, "", ())
    return site


@pytest.mark.parametrize("scheme", ["tcp", "http", "https", "tls"])
def test_shares_of_a_port(weighted: Site, scheme: str) -> None:
    found = said(weighted, f"{scheme}://127.0.0.2:5432")
    assert found.answer.kind == "forward"
    assert found.answer.text == (
        "50 %: forwarded to Service apps/blue:80; "
        "20 %: the connection is closed: the backend reference is not valid; "
        "30 %: the connection is closed: Service apps/empty:80 has no ready endpoint"
    )
    (trace,) = found.traces
    assert [each.endpoints for each in trace.destinations] == [("10.0.0.1:1",), (), ()]
    assert "TCPRoute apps/later is attached as well" in trace.notes[0]


def test_a_connection_is_written_without_method_and_path(weighted: Site) -> None:
    assert next(iter(explain.lines(said(weighted, "tcp://db:5432")))) == "tcp://db:5432"


def test_why_another_route_does_not_have_it(weighted: Site) -> None:
    won = said(weighted, "tcp://db:5432", "db").why_not
    assert won is not None
    assert won.won
    lost = said(weighted, "tcp://db:5432", "later").why_not
    assert lost is not None
    assert any("TCPRoute apps/db is older and has the place" in each for each in lost.reasons)


def test_datagrams_and_connections_are_told_apart(weighted: Site) -> None:
    assert "no Gateway listens" in said(weighted, "udp://db:5432").answer.text


@pytest.fixture
def named(site: Site) -> Site:
    site.listener("tls", 443, "*.a.com", protocol="TLS")
    site.listeners[0] = model.Listener(
        *(site.listeners[0].key, 443, "TLS", "*.a.com", site.listeners[0].allowed),
        tls_mode="Passthrough",
    )
    site.listener("web", 443, "web.a.com", protocol="HTTPS")
    group = model.EndpointGroup(1, (BLUE,), (end(1),))
    for name, route in (("x.a.com", TLS), ("*.a.com", WIDE)):
        place = model.L4Key(GATEWAY, 443, "TLS", name)
        put(site, model.L4Place(place, route, (model.L4Share(1, BLUE),)), group)
    nobody = model.L4Key(GATEWAY, 443, "TLS", "none.a.com")
    put(site, model.L4Place(nobody))
    return site


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("tls://x.a.com:443", "passed through, still encrypted, to Service apps/blue:80"),
        ("https://y.a.com", "passed through, still encrypted, to Service apps/blue:80"),
        ("tls://none.a.com:443", "the connection is closed: no route is attached"),
        ("tls://web.a.com:443", "listener web speaks HTTPS, not tls: use https://"),
        ("tls://b.com:443", "no listener of the port covers SNI 'b.com'"),
        ("tcp://x.a.com:443", "use https://"),
    ],
)
def test_server_names(named: Site, url: str, words: str) -> None:
    assert words in said(named, url).answer.text


def test_a_more_specific_name_has_it(named: Site) -> None:
    listener: Any = named.listeners[0].key
    parent = model.ParentAttachment(0, GATEWAY, ((listener, ("*.a.com",)),))
    named.attached[WIDE] = model.Attachment(WIDE, (parent,))
    named.found[WIDE] = model.RouteRules(WIDE, "", ())
    found = said(named, "tls://x.a.com:443", "wide").why_not
    assert found is not None
    assert any("x.a.com is more specific" in each for each in found.reasons)


@pytest.mark.parametrize("url", ["tcp://db", "udp://db", "tls://db"])
def test_a_connection_needs_a_port(url: str) -> None:
    with pytest.raises(explain.RequestError, match="names no port"):
        explain.from_url("GET", url)
