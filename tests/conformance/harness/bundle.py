"""The official bundle of CRDs, applied to the API as `kubectl apply` does it.

Knows where the Go module of the Gateway API keeps it. It is not needed to serve anything: the suite
reads version and channel out of it.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.conformance.harness.api import Api, Document


async def apply(api: Api, folder: Path) -> int:
    """Apply every document of a folder. Returns how many."""
    count = 0
    for document in documents(folder):
        await api.apply(document)
        count += 1
    return count


def documents(folder: Path) -> Iterator[Document]:
    """The documents of a bundle, in the order of its files; what has no kind is none."""
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.load_all(file.read_text(), yaml.CSafeLoader):
            if document and "kind" in document:
                yield document
