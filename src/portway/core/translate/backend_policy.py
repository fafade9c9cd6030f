"""What the policies about backends have in common: what they can be about, and which of two wins.

Knows GEP-713's precedence and the kinds that are targets. Must not know what a policy demands.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from portway.core import api, model

TARGETS = {("", "Service"): "Service", (api.PORTWAY_GROUP, "Backend"): "Backend"}
"""The kinds that a policy may be about, by group and kind."""


class TargetReference(Protocol):
    """A reference to a target in the policy's namespace."""

    @property
    def group(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...


def precedence(policy: model.TLSPolicy | model.TrafficPolicy) -> tuple[bool, str, str, str]:
    """The oldest wins, then the first by name. A policy without a creation time (a file being tried
    out) is the newest."""
    return (not policy.created, policy.created, policy.key.namespace, policy.key.name)


def unknown_targets(
    key: model.ObjectKey, refs: Iterable[TargetReference]
) -> Iterator[model.Finding]:
    """Targets of kinds that no policy can be about."""
    for ref in refs:
        if (ref.group, ref.kind) not in TARGETS:
            message = (
                f"{key}: targetRefs names {ref.kind} {ref.name} of group {ref.group!r}; Portway "
                "takes Service, and Backend of group portway.dev."
            )
            yield model.Finding(key, "", "Accepted", "TargetNotFound", message)


def conflicted(key: model.ObjectKey, winner: model.ObjectKey, target: str) -> model.Finding:
    """Another policy about the same comes first; ``target`` in words."""
    message = (
        f"{key}: {winner} is about {target} as well and comes first (the older one, then the first "
        "by name); remove one of the two."
    )
    return model.Finding(key, "", "Accepted", "Conflicted", message)
