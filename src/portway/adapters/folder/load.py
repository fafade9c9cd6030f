"""Documents to objects: decode every document of a file and say what is wrong, by line.

Knows the core's decoder, the default namespace and how to word a problem. Must not know other
files, history or the disk: the same text always loads to the same value.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from portway.adapters.folder.positions import Places
from portway.adapters.folder.problem import FileProblem, MalformedError
from portway.adapters.folder.yaml import Document, read_documents
from portway.core import api


class Key(NamedTuple):
    """One object. Cluster-scoped kinds have an empty namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} " + (f"{self.namespace}/{self.name}" if self.namespace else self.name)


class Manifest(msgspec.Struct, frozen=True):
    """A valid object as its file has it, before the store adds server-side metadata."""

    key: Key
    line: int
    raw: bytes
    """The document as JSON, for the snapshot; without status and managedFields."""
    resource: api.Resource


class Loaded(msgspec.Struct, frozen=True):
    """What a file holds. When `readable` is False nothing else but `problems` is known."""

    manifests: tuple[Manifest, ...] = ()
    invalid: frozenset[Key] = frozenset()
    """Objects that are in the file but break rules: their last good version stays."""
    problems: tuple[FileProblem, ...] = ()
    notices: tuple[FileProblem, ...] = ()
    """Kinds that Portway does not read and unknown fields: not errors, but worth a word."""
    readable: bool = True
    anonymous: bool = False
    """Some document does not tell which object it is: nothing in the file is known to be gone."""


def load_text(path: str, text: str) -> Loaded:
    """Everything in one manifest. Never raises for what a user wrote."""
    try:
        documents = read_documents(path, text)
    except MalformedError as error:
        return Loaded(problems=(error.problem,), readable=False)
    loading = _Loading(path, text)
    for document in documents:
        loading.take(document)
    return loading.result()


def manifest_from_raw(line: int, raw: bytes) -> Manifest | None:
    """A manifest from its own `raw`, or None when it is not valid by the rules of today."""
    try:
        return _manifest(line, msgspec.json.decode(raw))
    except (msgspec.DecodeError, api.InvalidResource, api.UnknownKind):
        return None


class _Loading:
    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._places = Places(text)
        self._manifests: dict[Key, Manifest] = {}
        self._invalid: set[Key] = set()
        self._anonymous = False
        self._problems: list[FileProblem] = []
        self._notices: dict[str, FileProblem] = {}

    def take(self, document: Document) -> None:
        for field in ("apiVersion", "kind"):
            if not isinstance(document.value.get(field), str):
                self._anonymous = True
                message = f"the document has no {field}"
                self._problem(document.line, None, message, f"add {field} at the top level")
                return
        try:
            manifest = _manifest(document.line, document.value)
        except api.UnknownKind as error:
            self._unknown(document, error)
        except api.InvalidResource as error:
            self._refused(document, error)
        else:
            self._keep(manifest)
            self._unknown_fields(document, manifest.key)

    def result(self) -> Loaded:
        return Loaded(
            tuple(self._manifests.values()),
            frozenset(self._invalid - self._manifests.keys()),
            tuple(self._problems),
            tuple(self._notices.values()),
            anonymous=self._anonymous,
        )

    def _keep(self, manifest: Manifest) -> None:
        first = self._manifests.setdefault(manifest.key, manifest)
        if first is not manifest:
            self._problems.append(already_defined(self._path, manifest, self._path, first))

    def _refused(self, document: Document, error: api.InvalidResource) -> None:
        key = Key(error.kind, error.namespace, error.name)
        self._invalid.add(key)
        self._anonymous = self._anonymous or not key.name
        subject = str(key) if key.name else key.kind
        for fault in error.errors:
            line, column = self._places.of(document, fault.path)
            where = f"{fault.path}: " if fault.path else ""
            self._problem(line, column, f"{subject}: {where}{fault.message}", fault.cure)

    def _unknown(self, document: Document, error: api.UnknownKind) -> None:
        if _is_ours(error.api_version, error.kind):
            self._anonymous = True
            message = f"{error.kind} is not known in {error.api_version}"
            self._problem(document.line, None, message, error.cure)
            return
        name = f"{error.kind} ({error.api_version})"
        notice = FileProblem(
            self._path, document.line, None, f"{name} is not a kind Portway reads: ignored", ""
        )
        self._notices.setdefault(name, notice)

    def _unknown_fields(self, document: Document, key: Key) -> None:
        for field in api.decode_strict_unknown_fields(document.value):
            line, column = self._places.of(document, field)
            message = f"{key}: {field} is not a known field: ignored"
            notice = FileProblem(self._path, line, column, message, "check how it is spelt")
            self._notices[f"{key} {field}"] = notice

    def _problem(self, line: int | None, column: int | None, message: str, cure: str) -> None:
        self._problems.append(FileProblem(self._path, line, column, message, cure))


def already_defined(path: str, later: Manifest, first_path: str, first: Manifest) -> FileProblem:
    """The problem of an object that another place, which counts, defines too."""
    message = f"{later.key} is already defined in {first_path}:{first.line}"
    cure = "remove one of the two; until then the first one counts"
    return FileProblem(path, later.line, None, message, cure)


def _is_ours(api_version: str, kind: str) -> bool:
    """Whether a document of unknown kind was meant for us: a misspelt kind, or another version."""
    group = api_version.rpartition("/")[0]
    ours = {info.group for info in api.KINDS.values()} - {""}
    return group in ours or (not group and kind in api.KINDS)


def _manifest(line: int, document: Mapping[str, Any]) -> Manifest:
    value = _as_stored(document)
    resource = api.decode(value)
    key = Key(resource.kind, resource.metadata.namespace, resource.metadata.name)
    return Manifest(key, line, msgspec.json.encode(value), resource)


def _as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document an API server would keep: in a namespace, and without what only it may write."""
    value = {name: field for name, field in document.items() if name != "status"}
    metadata = value.get("metadata")
    if isinstance(metadata, Mapping):
        metadata = {name: field for name, field in metadata.items() if name != "managedFields"}
        info = api.KINDS.get(value["kind"])
        if info is not None and not info.namespaced:
            metadata.pop("namespace", None)
        elif not metadata.get("namespace"):
            metadata["namespace"] = api.DEFAULT_NAMESPACE
        value["metadata"] = metadata
    return value
