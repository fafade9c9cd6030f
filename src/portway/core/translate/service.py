"""Services as far as references to them go.

Knows the short form of a Service's endpoints. Must not know who refers to it. A Service has two
sides: whether a reference to it holds, which every route that names it depends on, and where its
endpoints are, which only its cluster depends on. Kept apart, the endpoints of a Service that
thousands of routes share change at the cost of one.
"""

import msgspec

from portway.core import api
from portway.core.translate.address import parse_endpoints

ENDPOINTS_ANNOTATION = "portway.dev/endpoints"
"""The short form of a hand-made EndpointSlice; it stands in for all slices of the Service."""


class Referred(msgspec.Struct, frozen=True, gc=False):
    """What a reference to a Service depends on. `endpoints_problem` says why the short form of its
    endpoints cannot be read; empty when it can, or when there is none."""

    namespace: str
    name: str
    type: str
    ports: tuple[api.ServicePort, ...]
    endpoints_problem: str = ""


def referred(service: api.Service) -> Referred:
    """The side of a Service that references see."""
    short = service.metadata.annotations.get(ENDPOINTS_ANNOTATION)
    parsed = parse_endpoints(short) if short is not None else ()
    problem = parsed if isinstance(parsed, str) else ""
    spec = service.spec
    return Referred(service.namespace, service.name, spec.type, spec.ports, problem)
