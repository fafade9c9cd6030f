"""What becomes of a request after a rule has won, and which answer is to be expected."""

from typing import Any

import pytest

from portway.core import model
from portway.core.explain import shares
from portway.core.explain.request import Request, from_url
from portway.core.explain.trace import Answer, Trace

REQUEST = Request(
    method="GET", scheme="http", host="a.example.com", port=80, path="/cart/7", query="x=1"
)
HOST = model.VirtualHost("a.example.com", 80, "http")


def answered(site: Any, *parts: model.Share, **rule: object) -> Trace:
    match = model.Match(model.PathMatch("PathPrefix", "/cart"))
    made = model.Rule(0, (match,), model.Forward(parts), **rule)  # type: ignore[arg-type]
    winner = model.HostRoute(model.ObjectKey("HTTPRoute", "apps", "a"), made, match)
    start = Trace("Gateway infra/edge", 80, 80, "HTTP", Answer("", ""), host=REQUEST.host)
    trace = Trace(**{**{n: getattr(start, n) for n in start.__struct_fields__}, "path": "/cart/7"})
    return shares.answered(site, REQUEST, trace, winner, HOST)


def test_one_backend_with_an_endpoint(site: Any) -> None:
    found = answered(site, model.Share(1, site.service("cart", "127.0.0.1")))
    assert found.answer.kind == "forward"
    (only,) = found.destinations
    assert (only.percent, only.endpoints) == (100.0, ("127.0.0.1:8080",))
    assert only.outgoing is not None
    assert (only.outgoing.path, only.outgoing.query) == ("/cart/7", "x=1")


@pytest.mark.parametrize(
    ("address", "shown"),
    [("::1", "[::1]:8080"), ("unix:/run/app.sock", "unix:/run/app.sock")],
)
def test_endpoints_are_written_as_one_would_type_them(site: Any, address: str, shown: str) -> None:
    found = answered(site, model.Share(1, site.service("cart", address)))
    assert found.destinations[0].endpoints == (shown,)


def test_shares_by_weight(site: Any) -> None:
    old, new = site.service("old", "127.0.0.1"), site.service("new", "127.0.0.2")
    found = answered(site, model.Share(2, old), model.Share(1, new), model.Share(0, old))
    assert [each.percent for each in found.destinations] == [66.67, 33.33, 0.0]
    assert found.answer.kind == "forward"
    assert found.answer.text.startswith("66.67 %: forwarded to ")


def test_an_invalid_reference_fails_for_its_share_only(site: Any) -> None:
    good = model.Share(3, site.service("cart", "127.0.0.1"))
    found = answered(site, good, model.Share(1, None))
    assert found.answer.kind == "split"
    assert "25 %: 500: the backend reference is not valid" in found.answer.text
    assert answered(site, model.Share(1, None)).answer.status == 500


def test_a_backend_without_endpoints_is_503(site: Any) -> None:
    found = answered(site, model.Share(1, site.service("cart")))
    assert (found.answer.kind, found.answer.status) == ("respond", 503)


def test_nothing_of_positive_weight_is_500(site: Any) -> None:
    zero = model.Share(0, site.service("cart", "127.0.0.1"))
    assert answered(site, zero).answer.status == 500
    assert answered(site).answer.status == 500


def test_a_rule_that_cannot_be_honoured_says_why(site: Any) -> None:
    found = answered(site, model.Share(1, site.service("cart")), broken="no such filter")
    assert found.answer == Answer("respond", "500: no such filter", 500)
    assert found.destinations == ()


def test_a_redirect_has_no_destination(site: Any) -> None:
    found = answered(site, redirect=model.Redirect("https", status=301))
    assert (found.answer.kind, found.answer.status) == ("redirect", 301)
    assert found.answer.location == "https://a.example.com/cart/7?x=1"
    assert found.destinations == ()


def test_a_backend_may_redirect_its_own_share(site: Any) -> None:
    share = model.Share(1, site.service("cart"), (model.Redirect(hostname="b.example.com"),))
    found = answered(site, share)
    assert (found.answer.kind, found.answer.status) == ("redirect", 302)
    assert found.answer.location.startswith("http://b.example.com")


def test_a_backend_over_tls_says_who_demands_it_and_what_is_verified(site: Any) -> None:
    plain = site.service("cart", "127.0.0.1")
    key = plain._replace(policy="cart-tls/infra/edge")
    site.ready[key] = site.ready[plain]
    tls = model.BackendTLS(
        "cart.internal",
        (model.PeerName("URI", "spiffe://a/cart"),),
        model.TrustKey((model.ObjectKey("ConfigMap", "apps", "ca"),)),
        model.ObjectKey("Secret", "infra", "edge"),
    )
    site.clusters[key] = model.Cluster(key, tls=tls)
    (only,) = answered(site, model.Share(1, key)).destinations
    assert only.tls == (
        "TLS to cart.internal, whose certificate must be for spiffe://a/cart and come from "
        "ConfigMap apps/ca (BackendTLSPolicy apps/cart-tls); Secret infra/edge is shown"
    )
    site.clusters[key] = model.Cluster(
        key, tls=model.BackendTLS("a", (model.PeerName("Hostname", "a"),), model.TrustKey())
    )
    (only,) = answered(site, model.Share(1, key)).destinations
    assert only.tls.endswith(
        "for a and come from the machine's authorities (BackendTLSPolicy apps/cart-tls)"
    )
    assert answered(site, model.Share(1, plain)).destinations[0].tls == ""


def test_a_share_that_is_withheld_says_why(site: Any) -> None:
    found = answered(site, model.Share(1, None, withheld="nothing could be verified"))
    assert found.answer == Answer("respond", "500: nothing could be verified", 500)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "503 (UNAVAILABLE in gRPC): the rule has no backend with a positive weight"),
        ((model.Share(1, None),), "503 (UNAVAILABLE in gRPC): the backend reference is not valid"),
    ],
)
def test_a_call_that_leads_nowhere_is_unavailable(
    site: Any, parts: tuple[model.Share, ...], words: str
) -> None:
    match = model.Match(grpc=model.GRPCMethod())
    rule = model.Rule(0, (match,), model.Forward(parts))
    winner = model.HostRoute(model.ObjectKey("GRPCRoute", "apps", "a"), rule, match)
    call = from_url("GET", "grpc://a.example.com/a.B/C")
    trace = Trace("Gateway infra/edge", 80, 80, "HTTP", Answer("", ""), host=call.host)
    assert shares.answered(site, call, trace, winner, HOST).answer == Answer("respond", words, 503)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/models", 200, "the list of 2 models: a, org/b"),
        ("/v1/models/", 200, "the list of 2 models"),
        ("/v1/models/org/b", 200, "the model org/b"),
        ("/v1/models/c", 404, "names c"),
    ],
)
def test_a_list_of_models_answers_by_itself(site: Any, path: str, status: int, words: str) -> None:
    match = model.Match(model.PathMatch("PathPrefix", "/v1/models"), "GET")
    made = model.Rule(1, (match,), model.Forward(), models=("a", "org/b"))
    winner = model.HostRoute(model.ObjectKey("HTTPRoute", "apps", "a"), made, match)
    start = Trace("Gateway infra/edge", 80, 80, "HTTP", Answer("", ""), host="h", path=path)
    found = shares.answered(site, REQUEST, start, winner, HOST).answer
    assert (found.kind, found.status) == ("respond", status)
    assert words in found.text
