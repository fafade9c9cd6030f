"""Rules on XBackendTrafficPolicy.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

KIND = "XBackendTrafficPolicy"
TARGET = "{group: '', kind: Service, name: s}"

CASES: list[Case] = [
    ("traffic-target-unique", "spec.targetRefs[1]", KIND,
     f"spec: {{targetRefs: [{TARGET}, {TARGET}]}}"),
    ("retry-budget-interval", "spec.retryConstraint.budget.interval", KIND,
     "spec: {retryConstraint: {budget: {interval: 500ms}}}"),
    ("retry-budget-interval", "spec.retryConstraint.budget.interval", KIND,
     "spec: {retryConstraint: {budget: {interval: 2h}}}"),
    ("retry-rate-interval", "spec.retryConstraint.minRetryRate.interval", KIND,
     "spec: {retryConstraint: {minRetryRate: {interval: 0s}}}"),
    ("session-lifetime-timeout", "spec.sessionPersistence.absoluteTimeout", KIND,
     "spec: {sessionPersistence: {cookieConfig: {lifetimeType: Permanent}}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
