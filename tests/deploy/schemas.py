"""Kubernetes' published schemas, asked about manifests.

Knows which kinds are somebody else's, for which there is no schema here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import yaml

VERSION: Final = "1.37"
_OTHERS: Final = ("monitoring.coreos.com/",)


def faults(documents: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong with these, in words; a field that nobody knows is wrong too."""
    return [said for each in documents if (said := _fault(each))]


def in_file(path: Path) -> list[dict[str, Any]]:
    """The documents of a file."""
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def _fault(document: dict[str, Any]) -> str:
    if document["apiVersion"].startswith(_OTHERS):
        return ""
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        where = ".".join(str(each) for each in error.path)
        return f"{document['kind']} {document['metadata']['name']}: {where}: {error.message}"
    return ""
