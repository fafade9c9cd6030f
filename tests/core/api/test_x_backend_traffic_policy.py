"""The shape of an XBackendTrafficPolicy, and the CRD's defaults."""

from typing import Any

from portway.core import api


def traffic_policy(
    name: str = "gently", *targets: Any, created: str = "2026-01-01T00:00:00Z", **spec: Any
) -> api.XBackendTrafficPolicy:
    """A policy of shop; a target is the name of a Service, or a reference."""
    refs = [
        each if isinstance(each, dict) else {"group": "", "kind": "Service", "name": each}
        for each in targets or ("app",)
    ]
    metadata = {"name": name, "namespace": "shop", "generation": 2}
    if created:
        metadata["creationTimestamp"] = created
    found = api.decode(
        {
            "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
            "kind": "XBackendTrafficPolicy",
            "metadata": metadata,
            "spec": {"targetRefs": refs, **spec},
        }
    )
    assert isinstance(found, api.XBackendTrafficPolicy)
    return found


def test_nothing_is_limited_unless_it_is_asked_for() -> None:
    assert traffic_policy().spec.retry_constraint is None


def test_defaults_of_a_constraint() -> None:
    found = traffic_policy(retryConstraint={}).spec.retry_constraint
    assert found is not None
    assert (found.budget.percent, found.budget.interval) == (20, "10s")
    assert (found.min_retry_rate.count, found.min_retry_rate.interval) == (10, "1s")
