"""InferencePools: who is in them, and what is wrong with them.

Knows selectors, ports and the endpoint picker reference (Inference Extension v1). Must not know
routes.
"""

from collections.abc import Iterator, Mapping

import msgspec

from portway.core import api, model
from portway.core.translate.address import canonical_ip, parse_endpoints
from portway.core.translate.picker import endpoint_picker
from portway.core.translate.referred_pool import (
    ALLOWED,
    EXPLAIN_ANNOTATION,
    FULL,
    LIGHT,
    MODE_ANNOTATION,
    PICKER_ANNOTATION,
    PROCESS,
    referred_pool,
)
from portway.core.translate.service import ENDPOINTS_ANNOTATION
from portway.core.translate.world import World

Label = tuple[str, str]


class ReadyPod(msgspec.Struct, frozen=True, gc=False):
    """What a pool needs to know of a Pod that takes traffic. `labels` are sorted."""

    labels: tuple[Label, ...]
    address: str


def ready_pod(pod: api.Pod) -> ReadyPod | None:
    """The Pod as pools see it; None while it takes no traffic."""
    address = canonical_ip(pod.status.pod_ip) if pod.ready else None
    if address is None:
        return None
    return ReadyPod(tuple(sorted(pod.metadata.labels.items())), address)


def selector(pool: api.InferencePool) -> tuple[Label, ...]:
    """The labels that every Pod of the pool has, sorted. The first one is enough to find the pools
    that may select a Pod."""
    return tuple(sorted(pool.spec.selector.match_labels.items()))


def selects(wanted: tuple[Label, ...], labels: Mapping[str, str]) -> bool:
    """Whether a Pod with these labels is in a pool whose selector is `wanted`."""
    return all(labels.get(key) == value for key, value in wanted)


def pool_endpoints(pool: api.InferencePool, world: World) -> Iterator[model.Endpoint]:
    """Every port of every ready Pod of the pool, each an endpoint of its own (data-parallel ranks);
    or what the short form says, which stands in for Pods."""
    short = pool.metadata.annotations.get(ENDPOINTS_ANNOTATION)
    if short is not None:
        parsed = parse_endpoints(short)
        if not isinstance(parsed, str):
            yield from parsed
        return
    for address in world.pool_members(pool.namespace, pool.name):
        for port in pool.spec.target_ports:
            yield model.Endpoint(address, port.number)


def pool_findings(pool: api.InferencePool, world: World) -> tuple[model.Finding, ...]:
    """What is wrong with a pool, for every Gateway that sends to it."""
    key = model.ObjectKey(pool.kind, pool.namespace, pool.name)
    found: list[model.Finding] = []
    problem = referred_pool(pool).endpoints_problem
    if problem:
        words = f"{key}: {ENDPOINTS_ANNOTATION} {problem}."
        found.append(model.Finding(key, "", "Accepted", "NotSupportedByParent", words))
    mode = pool.metadata.annotations.get(MODE_ANNOTATION, FULL)
    if mode not in (LIGHT, FULL):
        words = (
            f"{key}: {MODE_ANNOTATION} is {mode!r}; use {LIGHT} or {FULL}, which it is taken for."
        )
        found.append(model.Finding(key, "", "Accepted", "NotSupportedByParent", words))
    explain = pool.metadata.annotations.get(EXPLAIN_ANNOTATION, ALLOWED)
    if explain != ALLOWED:
        words = f"{key}: {EXPLAIN_ANNOTATION} is {explain!r}, so no client may ask; use {ALLOWED}."
        found.append(model.Finding(key, "", "Accepted", "NotSupportedByParent", words))
    ref = pool.spec.endpoint_picker_ref
    found += _unstarted(pool, key)
    if ref is not None:
        picker = endpoint_picker(pool.namespace, ref, world)
        if isinstance(picker, str):
            words = f"{key}: spec.endpointPickerRef: {picker}"
            found.append(model.Finding(key, "", "ResolvedRefs", "InvalidExtensionRef", words))
    return tuple(found)


def _unstarted(pool: api.InferencePool, key: model.ObjectKey) -> Iterator[model.Finding]:
    """A pool that asks for a process and comes here without a picker got none: whoever starts one
    tells of the pool as one that names it."""
    wanted = pool.metadata.annotations.get(PICKER_ANNOTATION, "")
    if not wanted or pool.spec.endpoint_picker_ref is not None:
        return
    words = (
        f"{key}: {PICKER_ANNOTATION} is {wanted!r}, and nobody starts a picker for that here: "
        f"`portway run` does for {PROCESS}, unless it has no API, and `portway controller` with "
        "--picker-role (value provisioning.pickers of the chart portway). Or install the chart "
        "portway-picker for this pool and name its Service in spec.endpointPickerRef. Until then "
        "equal prompts go to one endpoint without a picker."
    )
    yield model.Finding(key, "", "Accepted", "NotSupportedByParent", words)
