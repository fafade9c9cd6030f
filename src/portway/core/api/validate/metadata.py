"""Rules on the metadata of every kind.

Knows names and the size of annotations. Must not know any spec.
"""

import re

from portway.core.api.meta import ObjectMeta
from portway.core.api.validate.rule import Violation, Violations, rule

_ANNOTATIONS_LIMIT = 256 * 1024
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@rule("annotations-size", "keep keys and values below 262144 bytes in total")
def annotations_size(metadata: ObjectMeta) -> Violations:
    """Kubernetes limits all annotations of an object together."""
    if metadata.annotations:
        size = sum(len(k.encode()) + len(v.encode()) for k, v in metadata.annotations.items())
        if size > _ANNOTATIONS_LIMIT:
            return (Violation(".annotations", f"are {size} bytes in total"),)
    return ()


@rule(
    "name-dns-label",
    "use at most 63 lower-case letters, digits and '-', without dots, starting and ending with "
    "a letter or digit",
)
def name_is_label(metadata: ObjectMeta) -> Violations:
    """Services and Namespaces become labels of DNS names, so a dot is not allowed."""
    if _LABEL.fullmatch(metadata.name) is None:
        return (Violation(".name", f'"{metadata.name}" is not a DNS-1123 label'),)
    return ()


METADATA_RULES = (annotations_size,)
LABEL_NAME_RULES = (name_is_label,)
RULES = METADATA_RULES + LABEL_NAME_RULES
