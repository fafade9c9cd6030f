"""An explanation goes over the admin socket and comes back as it was."""

import msgspec

from portway.core.explain.request import Request
from portway.core.explain.trace import (
    Answer,
    Attempt,
    Candidate,
    Destination,
    Effect,
    Explanation,
    Outgoing,
    Trace,
    WhyNot,
)

OUTGOING = Outgoing("GET", "a.example.com", "/", "q=1", (("x", "1"),))
DESTINATION = Destination(
    *("Service shop/cart", 1, 100.0, ("127.0.0.1:3000",)),
    effects=(Effect("URLRewrite", "the host becomes b"),),
    outgoing=OUTGOING,
)
TRACE = Trace(
    *("Gateway shop/web", 80, 10080, "HTTP", Answer("forward", "to cart")),
    addresses=("127.80.0.1",),
    listeners=(Candidate("http", True, ""),),
    attempts=(Attempt("HTTPRoute shop/cart", "0", "path /"),),
    destinations=(DESTINATION,),
)


def test_an_explanation_survives_json() -> None:
    request = Request(method="GET", scheme="http", host="a.example.com", port=80, path="/")
    whole = Explanation(
        request, TRACE.answer, (TRACE,), WhyNot("HTTPRoute shop/cart", True, ()), ("a note",)
    )
    text = msgspec.json.encode(whole)
    assert msgspec.json.decode(text, type=Explanation) == whole
