"""What explain answers: a frozen tree of plain texts and numbers.

Knows the steps a request takes; knows neither how they are found (`walk`) nor how they are laid
out (`text`). Only strings, numbers and tuples, so that it becomes JSON and comes back unchanged.
"""

import msgspec

from portway.core.explain.request import Request
from portway.core.pick import Told


class Candidate(msgspec.Struct, frozen=True):
    """A listener or a virtual host that could have taken the request."""

    name: str
    chosen: bool
    reason: str


class Attempt(msgspec.Struct, frozen=True):
    """One route entry, in the order tried. `reason` is empty when it matched."""

    route: str
    rule: str
    match: str
    reason: str = ""


class Effect(msgspec.Struct, frozen=True):
    """What one filter does to this request."""

    filter: str
    text: str


class Outgoing(msgspec.Struct, frozen=True):
    """The request as a backend receives it. `headers` are only those the client sent or a filter
    made; the proxy adds its own (x-forwarded-for and such)."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Destination(msgspec.Struct, frozen=True):
    """One backendRef. `percent` is its share of the requests. `status` is what Portway answers
    itself for this share (500 invalid reference, 503 no endpoint, 3xx redirect); 0 when the
    backend answers. `tls` says how the backend is reached, empty for plain text; `withheld` why
    nothing is sent though there is a backend; `picker` who chooses among the endpoints, and
    `shown` how many bytes of a body it sees, 0 for all. `pick` is whom it is, where that is known
    without sending the request."""

    backend: str
    weight: int
    percent: float
    endpoints: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    status: int = 0
    location: str = ""
    outgoing: Outgoing | None = None
    tls: str = ""
    withheld: str = ""
    picker: str = ""
    shown: int = 0
    pick: Told | None = None


class Answer(msgspec.Struct, frozen=True):
    """`kind` is forward, redirect, respond (Portway answers itself), split (it depends on the
    share drawn) or refused (no HTTP answer at all). `status` is 0 where a backend decides."""

    kind: str
    text: str
    status: int = 0
    location: str = ""


class Trace(msgspec.Struct, frozen=True):
    """The request's way through one port of one Gateway. Empty parts were not reached."""

    gateway: str
    port: int
    bound_port: int
    protocol: str
    answer: Answer
    addresses: tuple[str, ...] = ()
    listeners: tuple[Candidate, ...] = ()
    listener: str = ""
    host: str = ""
    path: str = ""
    domains: tuple[Candidate, ...] = ()
    domain: str = ""
    attempts: tuple[Attempt, ...] = ()
    effects: tuple[Effect, ...] = ()
    destinations: tuple[Destination, ...] = ()
    notes: tuple[str, ...] = ()


class WhyNot(msgspec.Struct, frozen=True):
    """Why the route that was expected did not answer. `won` is True when it did."""

    route: str
    won: bool
    reasons: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """`traces` has one entry per Gateway port that could receive the request; `answer` is that of
    the first of them that has a winning rule, else of the first."""

    request: Request
    answer: Answer
    traces: tuple[Trace, ...] = ()
    why_not: WhyNot | None = None
    notes: tuple[str, ...] = ()
