"""An object as the store keeps it: decoded, and as bytes that are spliced into answers.

Knows JSON. Must not know kinds. The document is shared by everybody who reads it: nobody may
change it in place.
"""

from typing import Any

import msgspec

from portway.adapters.apiserver.problem import Document

_encode = msgspec.json.Encoder().encode


class Stored:
    """One version of one object."""

    __slots__ = ("_body", "_document", "resource", "revision")

    def __init__(self, document: Document, revision: int, resource: Any = None) -> None:
        """``resource``: the core's typed form, where it has one."""
        self._document = document
        self._body: bytes | None = None
        self.revision = revision
        self.resource = resource

    @property
    def document(self) -> Document:
        """The document, in the version it was written in."""
        return self._document

    @property
    def name(self) -> str:
        """metadata.name"""
        name: str = self.document["metadata"]["name"]
        return name

    @property
    def namespace(self) -> str:
        """metadata.namespace, empty for a kind without."""
        namespace: str = self.document["metadata"].get("namespace", "")
        return namespace

    @property
    def uid(self) -> str:
        """metadata.uid"""
        uid: str = self.document["metadata"]["uid"]
        return uid

    @property
    def body(self) -> bytes:
        """The JSON document, in the version it was written in."""
        if self._body is None:
            self._body = _encode(self._document)
        return self._body

    def json(self, api_version: str) -> bytes:
        """The JSON document in another of its versions."""
        written = self.document["apiVersion"]
        if written == api_version:
            return self.body
        prefix = len(f'{{"apiVersion":"{written}"')
        return f'{{"apiVersion":"{api_version}"'.encode() + self.body[prefix:]

    def view(self, api_version: str) -> Document:
        """The document in another of its versions."""
        if self.document["apiVersion"] == api_version:
            return self.document
        return {**self.document, "apiVersion": api_version}
