"""Lays an explanation out as lines of text.

Knows the order in which a reader wants the steps; must not decide anything. No colours here: the
command line adds them by what a line begins with.
"""

from collections.abc import Iterator

from portway.core.explain.request import WHOLE, Request
from portway.core.explain.trace import Attempt, Destination, Explanation, Outgoing, Trace
from portway.core.explain.walk import EVERY
from portway.core.pick import Told

_SHOWN_ATTEMPTS = 20
_SHOWN_CANDIDATES = 16


def lines(explanation: Explanation) -> Iterator[str]:
    """One item per line, without line ends."""
    request = explanation.request
    yield _asked(request)
    for trace in explanation.traces:
        yield ""
        yield from _trace(trace)
    yield ""
    yield f"Answer: {explanation.answer.text}"
    for note in explanation.notes:
        yield f"Note: {note}"
    if explanation.why_not is not None:
        why = explanation.why_not
        yield f"{'Yes' if why.won else 'Why not'} {why.route}:"
        yield from (f"  - {reason}" for reason in why.reasons)


def _asked(request: Request) -> str:
    """A connection nobody looks into has neither method nor path."""
    if request.scheme in WHOLE:
        return f"{request.scheme}://{request.host}"
    query = f"?{request.query}" if request.query else ""
    return f"{request.method} {request.scheme}://{request.host}{request.path}{query}"


def _trace(trace: Trace) -> Iterator[str]:
    moved = f" (bound to {trace.bound_port})" if trace.bound_port != trace.port else ""
    known = [each for each in trace.addresses if each not in EVERY]
    at = f" at {', '.join(known)}" if known else ""
    yield f"{trace.gateway}, port {trace.port}{moved} {trace.protocol}{at}"
    for each in trace.listeners:
        yield f"  {'listener' if each.chosen else '   other'} {each.name}: {each.reason}"
    if trace.path:
        yield f"  host {trace.host}, path {trace.path} after normalisation"
    for each in trace.domains:
        yield f"  {'virtual host' if each.chosen else '       other'} {each.name}: {each.reason}"
    yield from _attempts(trace.attempts)
    yield from (f"  filter {each.filter}: {each.text}" for each in trace.effects)
    for destination in trace.destinations:
        yield from _destination(destination)
    yield from (f"  note: {note}" for note in trace.notes)
    yield f"  => {trace.answer.text}"


def _attempts(attempts: tuple[Attempt, ...]) -> Iterator[str]:
    hidden = len(attempts) - _SHOWN_ATTEMPTS
    if hidden > 0:
        yield f"  {hidden} earlier rules do not match"
    for each in attempts[-_SHOWN_ATTEMPTS:]:
        verdict = f"no: {each.reason}" if each.reason else "MATCHES"
        yield f"  {each.route} {each.rule} [{each.match}] {verdict}"


def _destination(destination: Destination) -> Iterator[str]:
    places = ", ".join(destination.endpoints) or "no endpoint listed"
    fate = f"answers {destination.status}" if destination.status else places
    yield (
        f"  backend {destination.backend}: weight {destination.weight} "
        f"({destination.percent:g} %), {fate}"
    )
    if destination.tls:
        yield f"    {destination.tls}"
    if destination.picker:
        yield f"    {destination.picker}"
    if destination.pick is not None:
        yield from _pick(destination.pick)
    yield from (f"    filter {each.filter}: {each.text}" for each in destination.effects)
    if destination.outgoing is not None and not destination.status:
        yield f"    receives {_outgoing(destination.outgoing)}"


def _pick(pick: Told) -> Iterator[str]:
    verdict = f"answers {pick.status}" if pick.status else " ".join(("picks", *pick.order[:1]))
    yield f"    {verdict}: {pick.reason}"
    for each in pick.candidates[:_SHOWN_CANDIDATES]:
        scores = ", ".join(f"{name} {score:.3f}" for name, score in each.scores.items())
        yield (
            f"      {each.address} scores {each.total:.3f} ({scores}): {each.cached} blocks "
            f"cached, {each.uncached:.0f} tokens to compute after {each.waiting:.0f} that wait, "
            f"{each.requests} requests"
        )
    if len(pick.candidates) > _SHOWN_CANDIDATES:
        yield f"      and {len(pick.candidates) - _SHOWN_CANDIDATES} more"
    yield from (f"      {address} is left out by {name}" for address, name in pick.left_out)
    if len(pick.order) > 1:
        yield f"      for another try: {', '.join(pick.order[1:])}"


def _outgoing(outgoing: Outgoing) -> str:
    query = f"?{outgoing.query}" if outgoing.query else ""
    headers = "".join(f", {key}: {value}" for key, value in outgoing.headers)
    return f"{outgoing.method} {outgoing.path}{query}, host: {outgoing.host}{headers}"
