"""InferencePools as far as references to them go.

Knows what is spoken to a pool and the short form of its endpoints. Must not know who refers to it.
Like a Service a pool has two sides: whether a reference holds, which every route that names it
depends on, and where its endpoints are, which only its cluster depends on.
"""

import msgspec

from portway.core import api, model
from portway.core.translate.address import parse_endpoints
from portway.core.translate.service import ENDPOINTS_ANNOTATION


class ReferredPool(msgspec.Struct, frozen=True, gc=False):
    """What a reference to a pool depends on. `picker` is who is to be asked for an endpoint;
    `endpoints_problem` why the short form of its endpoints cannot be read."""

    namespace: str
    name: str
    protocol: str
    picker: api.EndpointPickerRef | None = None
    endpoints_problem: str = ""


def referred_pool(pool: api.InferencePool) -> ReferredPool:
    """The side of a pool that references see."""
    short = pool.metadata.annotations.get(ENDPOINTS_ANNOTATION)
    parsed = parse_endpoints(short) if short is not None else ()
    return ReferredPool(
        pool.namespace,
        pool.name,
        _PROTOCOLS[pool.spec.app_protocol],
        pool.spec.endpoint_picker_ref,
        parsed if isinstance(parsed, str) else "",
    )


_PROTOCOLS = {"http": model.Protocol.HTTP1, "kubernetes.io/h2c": model.Protocol.H2C}
