"""The controllers of a cluster that the suite needs, in one loop: Deployments and EndpointSlices.

Knows when to look and how to carry out what the pure parts decided. Must not decide anything.
"""

import asyncio
import logging
from typing import Final

import httpx

from tests.conformance.harness import deployments, slices
from tests.conformance.harness.api import Api, Document
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.kubelet import Kubelet

KINDS: Final = ("ConfigMap", "Deployment", "EndpointSlice", "Pod", "Secret", "Service")
_log = logging.getLogger(__name__)


async def run(api: Api, cache: Cache, kubelet: Kubelet) -> None:
    """Keep the cluster as its objects want it, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(cache.run(api))
        while True:
            await cache.changed.wait()
            cache.changed.clear()
            if not cache.complete:
                continue
            try:
                await _step(api, cache)
            except (RuntimeError, httpx.TransportError) as error:
                _log.warning("once more: %s", error)
                await asyncio.sleep(0.2)
                cache.changed.set()
            kubelet.look(group)


async def _step(api: Api, cache: Cache) -> None:
    pods = deployments.steps(cache.all("Deployment"), cache.all("Pod"))
    for pod in pods.delete:
        await api.delete(pod)
    for pod in pods.create:
        _keep(cache, "Pod", await api.create(pod))
    found = slices.steps(cache.all("Service"), cache.all("Pod"), cache.all("EndpointSlice"))
    for each in found.delete:
        await api.delete(each)
    for each in found.create:
        _keep(cache, "EndpointSlice", await api.create(each))
    for each, change in found.change:
        _keep(cache, "EndpointSlice", await api.patch(each, change))


def _keep(cache: Cache, kind: str, written: Document | None) -> None:
    if written is not None:
        cache.put({**written, "kind": kind})
