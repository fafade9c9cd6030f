"""Lays an explanation out as lines of text.

Knows the order in which a reader wants the steps; must not decide anything. No colours here: the
command line adds them by what a line begins with.
"""

from collections.abc import Iterator

from portway.core.explain.request import WHOLE, Request
from portway.core.explain.trace import Attempt, Destination, Explanation, Outgoing, Trace
from portway.core.explain.walk import EVERY

_SHOWN_ATTEMPTS = 20


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
    yield from (f"    filter {each.filter}: {each.text}" for each in destination.effects)
    if destination.outgoing is not None and not destination.status:
        yield f"    receives {_outgoing(destination.outgoing)}"


def _outgoing(outgoing: Outgoing) -> str:
    query = f"?{outgoing.query}" if outgoing.query else ""
    headers = "".join(f", {key}: {value}" for key, value in outgoing.headers)
    return f"{outgoing.method} {outgoing.path}{query}, host: {outgoing.host}{headers}"
