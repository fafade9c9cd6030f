"""XBackendTrafficPolicy (experimental channel): how a backend is used, whoever uses it (GEP-3388).

Knows the shape and the CRD's defaults. Must not know which of two policies wins.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import Duration, Group, KindName, ObjectName
from portway.core.api.meta import Resource, Value
from portway.core.api.route import SessionPersistence

Percent = Annotated[int, Meta(ge=0, le=100)]


class RetryBudget(Value, frozen=True, kw_only=True):
    """How many of the requests of the last ``interval`` may be retries."""

    percent: Percent = 20
    interval: Duration = "10s"


class RequestRate(Value, frozen=True, kw_only=True):
    """``count`` in each ``interval``."""

    count: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    interval: Duration = "1s"


class RetryConstraint(Value, frozen=True, kw_only=True):
    """What keeps retries from making a failure worse."""

    budget: RetryBudget = RetryBudget()
    min_retry_rate: RequestRate = RequestRate()


class TrafficPolicyTarget(Value, frozen=True, kw_only=True):
    """A backend of the policy's namespace, as a whole."""

    group: Group
    kind: KindName
    name: ObjectName


class XBackendTrafficPolicySpec(Value, frozen=True, kw_only=True):
    """Which backends, and what holds for them."""

    target_refs: Annotated[tuple[TrafficPolicyTarget, ...], Meta(min_length=1, max_length=16)]
    retry_constraint: RetryConstraint | None = None
    session_persistence: SessionPersistence | None = None


class XBackendTrafficPolicy(Resource, frozen=True, kw_only=True):
    """A direct policy on backends of its namespace."""

    api_version: ClassVar[str] = "gateway.networking.x-k8s.io/v1alpha1"
    kind: ClassVar[str] = "XBackendTrafficPolicy"

    spec: XBackendTrafficPolicySpec
