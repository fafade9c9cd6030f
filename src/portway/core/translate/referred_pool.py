"""InferencePools as far as references to them go.

Knows what is spoken to a pool and the short form of its endpoints. Must not know who refers to it.
Like a Service a pool has two sides: whether a reference holds, which every route that names it
depends on, and where its endpoints are, which only its cluster depends on.
"""

import msgspec

from portway.core import api, model
from portway.core.translate.address import parse_endpoints
from portway.core.translate.service import ENDPOINTS_ANNOTATION

MODE_ANNOTATION = "portway.dev/picker-mode"
"""Of a pool with a picker: what the picker is shown."""
LIGHT, FULL = "light", "full"
PICKER_ANNOTATION = "portway.dev/picker"
"""Of a pool that names no picker: that one is to be started for it."""
PROCESS = "process"
EXPLAIN_ANNOTATION = "portway.dev/explain-pick"
"""Of a pool: whether clients may ask who was picked, and why (they see addresses then)."""
ALLOWED = "allowed"


class ReferredPool(msgspec.Struct, frozen=True, gc=False):
    """What a reference to a pool depends on. `picker` is who is to be asked for an endpoint,
    `light` whether it is shown only what a pick needs; `endpoints_problem` why the short form of
    its endpoints cannot be read; `explains` whether clients may ask who was picked."""

    namespace: str
    name: str
    protocol: str
    picker: api.EndpointPickerRef | None = None
    endpoints_problem: str = ""
    light: bool = False
    explains: bool = False


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
        pool.metadata.annotations.get(MODE_ANNOTATION) == LIGHT,
        explains(pool),
    )


def explains(pool: api.InferencePool) -> bool:
    """Whether clients of a pool may ask who was picked."""
    return pool.metadata.annotations.get(EXPLAIN_ANNOTATION) == ALLOWED


def wants_process(pool: api.InferencePool) -> bool:
    """Whether a pool says that a picker is to be started for it."""
    return pool.metadata.annotations.get(PICKER_ANNOTATION) == PROCESS


_PROTOCOLS = {"http": model.Protocol.HTTP1, "kubernetes.io/h2c": model.Protocol.H2C}
