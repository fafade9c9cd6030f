"""Pod: who serves an InferencePool.

Knows the part of the core v1 shape that says where a Pod is and whether it is ready. Must not know
which pool selects it. The one kind whose status is read: what runs where is not in any spec.
"""

from typing import ClassVar

import msgspec

from portway.core.api.meta import Resource, Value


class PodCondition(Value, frozen=True, kw_only=True):
    """One aspect of the state of a Pod."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset(
        {"lastProbeTime", "lastTransitionTime", "message", "observedGeneration", "reason"}
    )

    type: str = ""
    status: str = ""


class PodStatus(Value, frozen=True, kw_only=True):
    """``pod_ip`` is the first of a Pod's addresses, empty until it has one."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset(
        {
            "allocatedResources",
            "containerStatuses",
            "ephemeralContainerStatuses",
            "extendedResourceClaimStatus",
            "hostIP",
            "hostIPs",
            "initContainerStatuses",
            "message",
            "nominatedNodeName",
            "observedGeneration",
            "podIPs",
            "qosClass",
            "reason",
            "resize",
            "resourceClaimStatuses",
            "resources",
            "startTime",
        }
    )

    phase: str = ""
    pod_ip: str = msgspec.field(name="podIP", default="")
    conditions: tuple[PodCondition, ...] = ()


class Pod(Resource, frozen=True, kw_only=True):
    """A core v1 Pod."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"spec"})

    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Pod"

    status: PodStatus = PodStatus()

    @property
    def ready(self) -> bool:
        """Whether the Pod takes new traffic: it says so, and is not on its way out."""
        return not self.metadata.deletion_timestamp and any(
            each.type == "Ready" and each.status == "True" for each in self.status.conditions
        )
