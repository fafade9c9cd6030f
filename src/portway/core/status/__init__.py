"""What we say about objects: complete desired status documents, without times.

Knows conditions, limits and the shape of each kind's status. Must not know clients, leadership or
the clock: whoever stores a document adds `lastTransitionTime` where a status changed and keeps
the entries of other controllers.
"""

from portway.core.status.backend_tls_policy import backend_tls_policy
from portway.core.status.certificates import RefusedCertificate, with_refused
from portway.core.status.condition import Document
from portway.core.status.features import KINDS_NEEDED, SUPPORTED_FEATURES
from portway.core.status.gateway import gateway
from portway.core.status.gateway_class import gateway_class
from portway.core.status.inference_pool import inference_pool
from portway.core.status.listener_set import listener_set
from portway.core.status.programmed import Situation
from portway.core.status.proxy_state import ProxyState
from portway.core.status.route import parent_reference, route
from portway.core.status.traffic_policy import traffic_policy
from portway.core.status.x_backend import x_backend

__all__ = [
    "KINDS_NEEDED",
    "SUPPORTED_FEATURES",
    "Document",
    "ProxyState",
    "RefusedCertificate",
    "Situation",
    "backend_tls_policy",
    "gateway",
    "gateway_class",
    "inference_pool",
    "listener_set",
    "parent_reference",
    "route",
    "traffic_policy",
    "with_refused",
    "x_backend",
]
