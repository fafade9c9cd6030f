"""What holds for a backend, whoever sends to it: XBackendTrafficPolicies by themselves.

Knows keys, budgets and sessions. Must not know which of two policies wins.
"""

import msgspec

from portway.core.model.cluster import RetryBudget
from portway.core.model.finding import Finding
from portway.core.model.key import ObjectKey
from portway.core.model.route import Session


class TrafficPolicy(msgspec.Struct, frozen=True, gc=False):
    """A policy by itself. `created` is the RFC 3339 creation time (sorts as text). The name of
    `session` is empty where each backend gets one of its own."""

    key: ObjectKey
    generation: int
    created: str
    targets: tuple[ObjectKey, ...]
    budget: RetryBudget | None = None
    session: Session | None = None
    findings: tuple[Finding, ...] = ()
