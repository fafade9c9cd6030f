"""What is made for a Gateway beside its proxy configuration (GEP-1762, `spec.infrastructure`), and
for a pool.

    name       how the objects are called, and by which labels they are found
    parts      what each of them has: metadata, labels, owner
    objects    on one machine: an account, and a Service that says where the Gateway is
    proxies    in a cluster: everything that its proxies are, in the files beside it
    picker     in a cluster: a picker of endpoints, for an InferencePool that asks for one

Knows the objects' names, labels and contents as documents of Kubernetes. Must not know who writes
them or where: on one machine that is the embedded API.
"""

from portway.core.infra.name import (
    CLASS_LABEL,
    GATEWAY_LABEL,
    MANAGED_LABEL,
    generated_name,
    label_value,
    managed_by,
)
from portway.core.infra.objects import SNAPSHOT_TYPE, credentials, objects, snapshot
from portway.core.infra.parts import Document
from portway.core.infra.picker import PICKER_KINDS, PICKER_PORT, picker, picker_name
from portway.core.infra.pod import Defaults
from portway.core.infra.proxies import KINDS, proxies

__all__ = [
    "CLASS_LABEL",
    "GATEWAY_LABEL",
    "KINDS",
    "MANAGED_LABEL",
    "PICKER_KINDS",
    "PICKER_PORT",
    "SNAPSHOT_TYPE",
    "Defaults",
    "Document",
    "credentials",
    "generated_name",
    "label_value",
    "managed_by",
    "objects",
    "picker",
    "picker_name",
    "proxies",
    "snapshot",
]
