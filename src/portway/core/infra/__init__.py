"""What is made for a Gateway beside its proxy configuration (GEP-1762, `spec.infrastructure`).

Knows the objects' names, labels and contents as documents of Kubernetes. Must not know who writes
them or where: on one machine that is the embedded API.
"""

from portway.core.infra.name import CLASS_LABEL, GATEWAY_LABEL, generated_name, label_value
from portway.core.infra.objects import Document, objects

__all__ = [
    "CLASS_LABEL",
    "GATEWAY_LABEL",
    "Document",
    "generated_name",
    "label_value",
    "objects",
]
