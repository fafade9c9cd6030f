"""Session persistence of a rule (GEP-1619): what it means, and which of it cannot be done.

Knows the spec's two ways of carrying a session, and that it holds across the split of a rule: an
existing session ignores weights, so several backends have to be one pool for the proxy. Must not
know how the proxy keeps a session.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from portway.core import api, filters, model
from portway.core.api import duration

_PERMANENT = "Permanent"


class Owner(NamedTuple):
    """The route of a rule. `by_name` says of a backend whether the proxy finds its endpoints by
    host names, `picked` whether an endpoint picker chooses among them."""

    key: model.ObjectKey
    by_name: Callable[[model.ClusterKey], bool]
    picked: Callable[[model.ClusterKey], bool] = lambda _: False


class Read(NamedTuple):
    """A session, or why there is none though one is asked for; neither without one."""

    session: model.Session | None = None
    refusals: tuple[filters.Problem, ...] = ()


def read_session(
    spec: api.SessionPersistence | None,
    index: int,
    shares: Sequence[model.Share],
    owner: Owner,
) -> Read:
    """The session of the rule at an index of `spec.rules`. A part of it that cannot be carried out
    breaks the rule: a session must not be spread over backends in silence."""
    if spec is None:
        return Read()
    members = [each for each in shares if each.backend is not None]
    problems = [*limits(spec), *_picked(members, owner)]
    if len(members) > 1:
        problems += _together(members, owner)
    if problems:
        field = f"rules[{index}].sessionPersistence"
        words = (f"{field}{each}" for each in problems)
        return Read(None, tuple(_unsupported(each) for each in words))
    backends = [each.backend for each in members if each.backend is not None]
    pool = None
    if len(backends) > 1 and any(each.weight for each in members):
        key = owner.key
        pool = model.ClusterKey(key.kind, key.namespace, key.name, index, backends[0].protocol)
    return Read(
        model.Session(
            header=spec.type == "Header",
            name=spec.name or generated(owner.key, index, spec.type),
            path=spec.path or "/",
            seconds=duration.seconds(spec.absolute_timeout) if spec.absolute_timeout else 0.0,
            pool=pool,
        )
    )


def _unsupported(message: str) -> filters.Problem:
    return filters.Problem("Accepted", "UnsupportedValue", message)


def limits(spec: api.SessionPersistence) -> Iterator[str]:
    """What of a session cannot be kept. Its end stands in its cookie, signed by nobody and kept by
    the client."""
    if spec.idle_timeout:
        yield (
            ".idleTimeout: the client keeps the session and nobody writes down when it was last "
            "used; remove it, or use absoluteTimeout."
        )
    if not spec.absolute_timeout:
        return
    if spec.type == "Header":
        yield ".absoluteTimeout: a header cannot say when its session ends; remove it."
    elif spec.lifetime_type != _PERMANENT:
        yield (
            ".absoluteTimeout: a cookie with an end outlives the browser's session; use "
            "lifetimeType Permanent, or remove it."
        )


def _picked(members: Sequence[model.Share], owner: Owner) -> Iterator[str]:
    """A session goes where it began, whoever is asked; what a picker says must be followed
    (Endpoint Picker Protocol)."""
    found = sorted(each.backend for each in members if each.backend and owner.picked(each.backend))
    if found:
        pool = found[0]
        yield (
            f": an endpoint picker decides which endpoint of {pool.kind} {pool.namespace}/"
            f"{pool.name} takes a request, and a session would decide otherwise; remove "
            "sessionPersistence here, or endpointPickerRef there."
        )


def _together(members: Sequence[model.Share], owner: Owner) -> Iterator[str]:
    """Why backends cannot be one pool, where a session finds its endpoint whatever the weights."""
    backends = [each.backend for each in members if each.backend is not None]
    if any(each.filters for each in members):
        yield ": backends that share sessions have no filters of their own; use a rule for each."
    if len({each.protocol for each in backends}) > 1:
        yield ": backends that share sessions must speak one protocol; use a rule for each."
    if any(each.tls_policy for each in backends):
        yield (
            ": several backends can share sessions in plain text only, and a BackendTLSPolicy "
            "demands TLS; use a rule for each."
        )
    if any(each.kind == "InferencePool" for each in backends):
        # One pool for the proxy would have one picker, or none, for the endpoints of them all.
        yield ": an InferencePool can share sessions with no other backend; use a rule for each."
    if any(owner.by_name(each) for each in backends):
        yield (
            ": several backends can share sessions only if their endpoints are addresses; use a "
            "rule for each Backend with a hostname."
        )


def generated(key: model.ObjectKey, index: int, kind: str) -> str:
    """A name of its own for each rule, or port of a backend, the same after every restart."""
    digest = sha256(f"{key.kind}/{key.namespace}/{key.name}/{index}".encode()).hexdigest()[:12]
    return f"x-session-{digest}" if kind == "Header" else f"session-{digest}"
