"""XBackendTrafficPolicy: what it demands, which of two wins, and the sessions it makes (GEP-3388).

Knows targets and precedence. Must not know the proxy. A policy with a part that cannot be carried
out is not accepted, and has no effect at all.
"""

from collections.abc import Iterator

import msgspec

from portway.core import api, model
from portway.core.api import duration
from portway.core.translate.backend_policy import (
    TARGETS,
    conflicted,
    precedence,
    unknown_targets,
)
from portway.core.translate.session import generated, limits
from portway.core.translate.world import World

_INVALID = "Invalid"


def traffic_policy(obj: api.XBackendTrafficPolicy) -> model.TrafficPolicy:
    """The policy by itself."""
    key = model.ObjectKey(obj.kind, obj.namespace, obj.name)
    spec = obj.spec
    targets = (
        model.ObjectKey(kind, obj.namespace, ref.name)
        for ref in spec.target_refs
        if (kind := TARGETS.get((ref.group, ref.kind)))
    )
    found = model.TrafficPolicy(
        key, obj.metadata.generation, obj.metadata.creation_timestamp, tuple(targets)
    )
    findings = tuple(unknown_targets(key, spec.target_refs))
    problems = tuple(limits(spec.session_persistence)) if spec.session_persistence else ()
    if problems:
        words = " ".join(f"{key}: sessionPersistence{each}" for each in problems)
        wrong = model.Finding(key, "", "Accepted", _INVALID, words)
        return msgspec.structs.replace(found, findings=(wrong, *findings))
    return msgspec.structs.replace(
        found,
        budget=_budget(spec.retry_constraint),
        session=_session(spec.session_persistence),
        findings=findings,
    )


def _budget(spec: api.RetryConstraint | None) -> model.RetryBudget | None:
    if spec is None:
        return None
    rate = spec.min_retry_rate
    return model.RetryBudget(
        spec.budget.percent,
        duration.seconds(spec.budget.interval),
        rate.count / duration.seconds(rate.interval),
    )


def _session(spec: api.SessionPersistence | None) -> model.Session | None:
    if spec is None:
        return None
    end = duration.seconds(spec.absolute_timeout) if spec.absolute_timeout else 0.0
    return model.Session(spec.type == "Header", spec.name, spec.path or "/", end)


def traffic_in_force(backend: model.ObjectKey, world: World) -> model.TrafficPolicy | None:
    """The policy for a backend; one without effect beats nobody."""
    found = (each for each in world.traffic_policies_of(backend) if not _invalid(each))
    return min(found, key=precedence, default=None)


def backend_session(backend: model.ClusterKey | None, world: World) -> model.Session | None:
    """The session that a backend keeps by itself, under a name of its own."""
    if backend is None:
        return None
    policy = traffic_in_force(backend.backend, world)
    if policy is None or policy.session is None:
        return None
    session = policy.session
    if session.name:
        return session
    kind = "Header" if session.header else "Cookie"
    return msgspec.structs.replace(session, name=generated(backend.backend, backend.port, kind))


def traffic_findings(policy: model.TrafficPolicy, world: World) -> tuple[model.Finding, ...]:
    """What the status of a policy says: what is wrong with it and its targets, and who beat it."""
    if _invalid(policy):
        return policy.findings
    targets = (each for target in policy.targets for each in _target(policy, target, world))
    return (*targets, *policy.findings)


def _invalid(policy: model.TrafficPolicy) -> bool:
    return any(each.reason == _INVALID for each in policy.findings)


def _target(
    policy: model.TrafficPolicy, target: model.ObjectKey, world: World
) -> Iterator[model.Finding]:
    look = world.backend if target.kind == "Backend" else world.service
    if look(target.namespace, target.name) is None:
        words = f"{policy.key}: {target} does not exist; create it or correct the name."
        yield model.Finding(policy.key, "", "Accepted", "TargetNotFound", words)
        return
    winner = traffic_in_force(target, world)
    if winner is not None and winner.key != policy.key:
        yield conflicted(policy.key, winner.key, str(target))
