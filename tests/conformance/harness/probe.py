"""Readiness probes, as a kubelet does them: HTTP and gRPC health.

Knows how a probe is written and done. Must not know Pods. What a manifest says of times is for
real clusters; here it is asked often and from the start.
"""

from typing import Final, NamedTuple

import grpc
import httpx

from tests.conformance.harness.api import Document

_TIMEOUT: Final = 1.0
_CHECK: Final = "/grpc.health.v1.Health/Check"
_SERVING: Final = b"\x08\x01"  # HealthCheckResponse{status: SERVING}


class Probe(NamedTuple):
    """What is asked. ``path``: of HTTP; ``service``: of gRPC, where there is no path."""

    port: int
    path: str = ""
    service: str = ""

    async def passes(self, address: str) -> bool:
        """Whether the container at an address is ready."""
        return await (self._http(address) if self.path else self._grpc(address))

    async def _http(self, address: str) -> bool:
        try:
            async with httpx.AsyncClient(verify=False, timeout=_TIMEOUT, trust_env=False) as client:
                answer = await client.get(f"http://{address}:{self.port}{self.path}")
        except httpx.TransportError:
            return False
        return 200 <= answer.status_code < 400

    async def _grpc(self, address: str) -> bool:
        name = self.service.encode()
        asked = b"\x0a%c%s" % (len(name), name)  # HealthCheckRequest{service}
        async with grpc.aio.insecure_channel(f"{address}:{self.port}") as channel:
            try:
                said: bytes = await channel.unary_unary(_CHECK)(asked, timeout=_TIMEOUT)
            except grpc.RpcError:
                return False
        return said == _SERVING


def probe_of(container: Document) -> Probe | None:
    """The readiness probe of a container, if it has one of a kind that is known here."""
    found = container.get("readinessProbe") or {}
    if "httpGet" in found:
        return Probe(int(found["httpGet"]["port"]), path=found["httpGet"].get("path") or "/")
    if "grpc" in found:
        return Probe(int(found["grpc"]["port"]), service=found["grpc"].get("service") or "")
    return None
