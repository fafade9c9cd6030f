"""An object that a file holds, as the API shows it.

Knows how a typed object and its status become the document that a client would have been given had
it written the object itself, by the field manager `folder`. Must not know files. The document is
made when somebody reads it and forgotten again: what is in files is in memory once, in the core,
and nobody pays for an API that is not asked (decision 0017).
"""

from collections.abc import Callable
from typing import Final

import msgspec

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document
from portway.adapters.apiserver.store.admit import completed
from portway.adapters.apiserver.store.managed import Manager, after_update
from portway.adapters.apiserver.store.metadata import ordered
from portway.adapters.apiserver.store.shape import shaped
from portway.adapters.apiserver.store.stored import Stored
from portway.core import api

MANAGER: Final = "folder"

StatusOf = Callable[[Kind, str, str], Document | None]
"""Given a kind, a namespace and a name: what is said of that object now."""

_encode = msgspec.json.Encoder().encode


class Filing:
    """What the objects of one kind have in common."""

    def __init__(self, kind: Kind, status: StatusOf) -> None:
        self.kind = kind
        self.status = status


class Filed(Stored):
    """One version of an object that a file holds."""

    __slots__ = ("_filing",)

    def __init__(self, filing: Filing, resource: api.Resource, revision: int) -> None:
        self._filing = filing
        self.resource = resource
        self.revision = revision

    @property
    def document(self) -> Document:
        """Made anew each time, with the status of now."""
        kind = self._filing.kind
        resource: api.Resource = self.resource
        found = api.to_document(resource)
        metadata = found["metadata"]
        # A file's own count of revisions is not the API's.
        metadata["resourceVersion"] = str(self.revision)
        if not kind.has_generation:
            metadata.pop("generation", None)
        full = ordered(found, kind, resource.api_version, metadata)
        said = self._filing.status(kind, resource.namespace, resource.name)
        if kind.has_status and said is not None:
            full["status"] = said
        # As with a write: a reader cannot tell who wrote.
        schema = kind.schema(resource.api_version)
        document: Document = shaped(completed(kind, full), schema, [])
        written = {name: part for name, part in document.items() if name != "status"}
        manager = Manager(MANAGER, "Apply", resource.api_version)
        created = resource.metadata.creation_timestamp
        document["metadata"]["managedFields"] = after_update({}, written, schema, manager, created)
        return document

    @property
    def name(self) -> str:
        """metadata.name"""
        return str(self.resource.name)

    @property
    def namespace(self) -> str:
        """metadata.namespace, empty for a kind without."""
        return str(self.resource.namespace)

    @property
    def uid(self) -> str:
        """metadata.uid"""
        return str(self.resource.metadata.uid)

    @property
    def body(self) -> bytes:
        """The JSON document."""
        return _encode(self.document)

    def json(self, api_version: str) -> bytes:
        """The JSON document in another of its versions."""
        return _encode(self.view(api_version))

    def view(self, api_version: str) -> Document:
        """The document in another of its versions."""
        return {**self.document, "apiVersion": api_version}
