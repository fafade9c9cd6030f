"""Rules on Namespace: its name.

Knows nothing beyond it. Must not know who lives there.
"""

from portway.core.api.namespace import Namespace
from portway.core.api.validate.metadata import LABEL_NAME_RULES
from portway.core.api.validate.rule import Report


def check_namespace(namespace: Namespace, version: str, report: Report) -> None:
    """Every rule of a Namespace."""
    report.apply(LABEL_NAME_RULES, namespace.metadata, "metadata")
