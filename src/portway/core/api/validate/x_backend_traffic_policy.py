"""Rules on XBackendTrafficPolicy.

Knows intervals, targets and sessions. Must not know which of two policies wins.
"""

from collections.abc import Iterator

from portway.core.api import duration
from portway.core.api.validate.filters import SESSION_RULES
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule
from portway.core.api.x_backend_traffic_policy import (
    RequestRate,
    RetryBudget,
    XBackendTrafficPolicy,
    XBackendTrafficPolicySpec,
)

_HOUR = 3600.0


@rule("traffic-target-unique", "remove the second reference")
def targets_unique(spec: XBackendTrafficPolicySpec) -> Violations:
    """The list is a map by group, kind and name."""
    return repeated([(ref.group, ref.kind, ref.name) for ref in spec.target_refs], ".targetRefs")


@rule("retry-budget-interval", "write an interval from 1s to 1h")
def budget_interval(budget: RetryBudget) -> Iterator[Violation]:
    """Neither a moment nor a memory without end."""
    if not 1.0 <= duration.seconds(budget.interval) <= _HOUR:
        yield Violation(".interval", f"is {budget.interval}")


@rule("retry-rate-interval", "write an interval of more than 0s and at most 1h")
def rate_interval(rate: RequestRate) -> Iterator[Violation]:
    """A rate is in a time."""
    if not 0.0 < duration.seconds(rate.interval) <= _HOUR:
        yield Violation(".interval", f"is {rate.interval}")


SPEC_RULES = (targets_unique,)
BUDGET_RULES = (budget_interval,)
RATE_RULES = (rate_interval,)
RULES = (*SPEC_RULES, *BUDGET_RULES, *RATE_RULES)


def check_traffic_policy(policy: XBackendTrafficPolicy, version: str, report: Report) -> None:
    """Every rule of an XBackendTrafficPolicy."""
    spec = policy.spec
    report.apply(SPEC_RULES, spec, "spec")
    if spec.retry_constraint is not None:
        path = "spec.retryConstraint"
        report.apply(BUDGET_RULES, spec.retry_constraint.budget, f"{path}.budget")
        report.apply(RATE_RULES, spec.retry_constraint.min_retry_rate, f"{path}.minRetryRate")
    if spec.session_persistence is not None:
        report.apply(SESSION_RULES, spec.session_persistence, "spec.sessionPersistence")
