"""Documents to objects: decode every document of a file and say what is wrong, by line.

Knows the core's decoder, the default namespace and how to word a problem. Must not know other
files, history or the disk: the same text always loads to the same value. What it is told of an
earlier text of the file only saves work: a stretch of text that is the same again is not read
again, so that a file of a hundred documents costs what the changed one costs.
"""

import sys
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from portway import __version__
from portway.adapters.folder.construct import MAX_ALIASED
from portway.adapters.folder.positions import Places
from portway.adapters.folder.problem import FileProblem, MalformedError
from portway.adapters.folder.yaml import Document, pieces, read
from portway.core import api

_BOM: Final = "\ufeff"
_READER: Final = f"{__version__} 1".encode()
"""Part of every digest, because they outlive the process: what another version read is read again.
To be counted up when a text is read to something else within a version."""


class Key(NamedTuple):
    """One object. Cluster-scoped kinds have an empty namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} " + (f"{self.namespace}/{self.name}" if self.namespace else self.name)


_NO_KEYS: Final = frozenset[Key]()  # one for all files: an empty set takes 216 bytes


class Manifest(msgspec.Struct, frozen=True, gc=False):
    """A valid object as its file has it, before the store adds server-side metadata."""

    key: Key
    line: int
    resource: api.Resource
    api_version: str
    """As it is written; what is allowed in an object may depend on it."""
    unknown: tuple[str, ...] = ()
    """Fields that are written and that no kind has, as paths."""

    @property
    def raw(self) -> bytes:
        """The object as a JSON document: made anew, since text is kept on disk only."""
        resource = self.resource
        head = f'{{"apiVersion":"{self.api_version}","kind":"{resource.kind}",'
        return head.encode() + msgspec.json.encode(resource)[1:]


class Doubtful(msgspec.Struct, frozen=True, gc=False):
    """A document about which there is something to tell."""

    manifest: Manifest | None = None
    invalid: Key | None = None
    """The object it is, when it breaks rules of its kind."""
    anonymous: bool = False
    problems: tuple[FileProblem, ...] = ()
    notices: tuple[tuple[str, FileProblem], ...] = ()
    """Each with what it is about: a file tells of the same thing once."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a file's text and the documents in it; lines count from its own first."""

    digest: bytes
    documents: tuple[Manifest | Doubtful, ...]
    aliased: int = 0

    @property
    def only(self) -> Manifest | None:
        """The good object that is all there is to say about the text; None when there is more."""
        if len(self.documents) == 1 and not self.aliased:
            document = self.documents[0]
            return document if isinstance(document, Manifest) else None
        return None


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
    parts: tuple[Part, ...] = ()
    """For the next load of the same file."""


def load_text(path: str, text: str, before: Iterable[Part] = ()) -> Loaded:
    """Everything in one manifest. Never raises for what a user wrote. `before`: the parts of what
    the file held earlier."""
    text = text.removeprefix(_BOM)
    known = {part.digest: part for part in before}
    cut = pieces(path, text)
    try:
        try:
            return _together(path, cut, [_part(path, piece, known) for piece in cut])
        except MalformedError:
            if len(cut) == 1:
                raise
        # Only the whole text knows the line of a fault, and what the parser makes of it there.
        return _together(path, [text], [_part(path, text, known)])
    except MalformedError as error:
        return Loaded(problems=(error.problem,), readable=False)


def manifest_from_raw(line: int, raw: bytes) -> Manifest | None:
    """A manifest from its own `raw`, or None when it is not valid by the rules of today."""
    try:
        api_version, resource = api.decode_json(raw)
    except (msgspec.MsgspecError, api.InvalidResource, api.UnknownKind):
        pass  # another version may have written it
    else:
        return Manifest(_key(resource), line, resource, sys.intern(api_version))
    try:
        return _manifest(line, msgspec.json.decode(raw))
    except (msgspec.DecodeError, api.InvalidResource, api.UnknownKind):
        return None


def _part(path: str, text: str, known: Mapping[bytes, Part]) -> Part:
    """What one piece of text holds. Raises MalformedError."""
    data = text.encode(errors="surrogatepass")
    digest = blake2b(data, digest_size=16, key=_READER).digest()
    part = known.get(digest)
    if part is None:
        documents, aliased = read(path, text)
        loading = _Loading(path, text)
        part = Part(digest, tuple(loading.take(each) for each in documents), aliased)
    return part


def _together(path: str, cut: list[str], parts: list[Part]) -> Loaded:
    if len(parts) > 1 and sum(part.aliased for part in parts) > MAX_ALIASED:
        raise MalformedError(FileProblem(path, None, None, "too many aliases", ""))
    whole, above = _Whole(path), 0
    for text, part in zip(cut, parts, strict=True):
        for document in part.documents:
            whole.add(document, above)
        above += text.count("\n")
    return whole.loaded(tuple(parts))


class _Whole:
    """Puts a file together from its parts."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._manifests: dict[Key, Manifest] = {}
        self._invalid: set[Key] = set()
        self._anonymous = False
        self._problems: list[FileProblem] = []
        self._notices: dict[str, FileProblem] = {}

    def add(self, document: Manifest | Doubtful, above: int) -> None:
        """A document with `above` lines of the file before its part."""
        if isinstance(document, Manifest):
            self._keep(document, above)
            return
        if document.manifest is not None:
            self._keep(document.manifest, above)
        if document.invalid is not None:
            self._invalid.add(document.invalid)
        self._anonymous = self._anonymous or document.anonymous
        self._problems.extend(_lower(each, above) for each in document.problems)
        for about, notice in document.notices:
            self._notices.setdefault(about, _lower(notice, above))

    def loaded(self, parts: tuple[Part, ...]) -> Loaded:
        invalid = self._invalid - self._manifests.keys()
        return Loaded(
            tuple(self._manifests.values()),
            frozenset(invalid) if invalid else _NO_KEYS,
            tuple(self._problems),
            tuple(self._notices.values()),
            anonymous=self._anonymous,
            parts=parts,
        )

    def _keep(self, manifest: Manifest, above: int) -> None:
        if above:
            manifest = msgspec.structs.replace(manifest, line=manifest.line + above)
        first = self._manifests.setdefault(manifest.key, manifest)
        if first is not manifest:
            self._problems.append(already_defined(self._path, manifest, self._path, first))


def _lower(problem: FileProblem, above: int) -> FileProblem:
    if not above or problem.line is None:
        return problem
    return msgspec.structs.replace(problem, line=problem.line + above)


class _Loading:
    """Decodes the documents of one piece of text."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._places = Places(text)

    def take(self, document: Document) -> Manifest | Doubtful:
        for field in ("apiVersion", "kind"):
            if not isinstance(document.value.get(field), str):
                message, cure = f"the document has no {field}", f"add {field} at the top level"
                problem = FileProblem(self._path, document.line, None, message, cure)
                return Doubtful(anonymous=True, problems=(problem,))
        try:
            manifest = _manifest(document.line, document.value)
        except api.UnknownKind as error:
            return self._unknown(document, error)
        except api.InvalidResource as error:
            return self._refused(document, error)
        fields = api.decode_strict_unknown_fields(document.value)
        return self._with_unknown_fields(document, manifest, fields) if fields else manifest

    def _refused(self, document: Document, error: api.InvalidResource) -> Doubtful:
        key = Key(error.kind, error.namespace, error.name)
        subject = str(key) if key.name else key.kind
        problems = []
        for fault in error.errors:
            line, column = self._places.of(document, fault.path)
            where = f"{fault.path}: " if fault.path else ""
            message = f"{subject}: {where}{fault.message}"
            problems.append(FileProblem(self._path, line, column, message, fault.cure))
        return Doubtful(invalid=key, anonymous=not key.name, problems=tuple(problems))

    def _unknown(self, document: Document, error: api.UnknownKind) -> Doubtful:
        if _is_ours(error.api_version, error.kind):
            message = f"{error.kind} is not known in {error.api_version}"
            problem = FileProblem(self._path, document.line, None, message, error.cure)
            return Doubtful(anonymous=True, problems=(problem,))
        name = f"{error.kind} ({error.api_version})"
        message = f"{name} is not a kind Portway reads: ignored"
        notice = FileProblem(self._path, document.line, None, message, "")
        return Doubtful(notices=((name, notice),))

    def _with_unknown_fields(
        self, document: Document, manifest: Manifest, fields: tuple[str, ...]
    ) -> Doubtful:
        notices = []
        for field in fields:
            line, column = self._places.of(document, field)
            message = f"{manifest.key}: {field} is not a known field: ignored"
            notice = FileProblem(self._path, line, column, message, "check how it is spelt")
            notices.append((f"{manifest.key} {field}", notice))
        manifest = msgspec.structs.replace(manifest, unknown=fields)
        return Doubtful(manifest=manifest, notices=tuple(notices))


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
    resource = api.decode(_as_stored(document))
    return Manifest(_key(resource), line, resource, sys.intern(document["apiVersion"]))


def _key(resource: api.Resource) -> Key:
    return Key(resource.kind, resource.metadata.namespace, resource.metadata.name)


def _as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document an API server would keep: in a namespace, and without what only it may write.
    The status of a Pod stays: a hand-written Pod says there where it is."""
    pod = document.get("kind") == "Pod"
    value = {name: field for name, field in document.items() if name != "status" or pod}
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
