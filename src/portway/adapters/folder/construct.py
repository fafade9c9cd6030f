"""Parser events to plain values: mappings, lists and scalars as kubectl would have them.

Knows anchors, merge keys, duplicate keys and the limits against hostile input. Must not know where
events come from or what a document means. It keeps its own stack instead of recursing, because the
composer of PyYAML's C extension overflows the process stack on a deeply nested document.
"""

from functools import lru_cache
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from portway.adapters.folder.problem import SyntaxFaultError
from portway.adapters.folder.scalars import (
    Scalar,
    ScalarError,
    is_merge,
    key_text,
    resolve,
    resolve_tagged,
)

MAX_DEPTH: Final = 200
"""Levels of nesting; no Kubernetes object comes near, and readers downstream recurse."""
MAX_ALIASED: Final = 100_000
"""Values that aliases may add to a file, so that a few lines cannot stand for billions."""
_WORD: Final = 64
"""The longest text that is kept once for all who have it, in characters."""


@lru_cache(maxsize=1024)
def _shared(text: str) -> str:
    """The same text as one object. Only for the latest words: most names are used a few times
    near each other, and a table of all of them would take more than it saves."""
    return text


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "into", "key", "merged", "size")

    def __init__(self, into: Any, anchor: str | None) -> None:
        self.into: Any = into
        self.anchor = anchor
        self.key: str | None = None  # the key that waits for its value
        self.merged: set[str] | None = None  # keys that came by <<, which a plain key may replace
        self.size = 1


class _MergeKey(str):
    """Stands for `<<` as a pending key; no text of a file has this type."""

    __slots__ = ()


_MERGE: Final = _MergeKey("<<")


class Constructor:
    """Builds one document's value from events, without recursion."""

    def __init__(self) -> None:
        self.start()
        self.aliased = 0  # values that aliases added, over all documents

    def start(self) -> None:
        self.result: Any = None
        self.line = 1
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._begun = False

    def take(self, event: Event) -> None:
        kind = type(event)
        if not self._begun:
            self._begun = True
            self.line = place(event)[0]
        if kind is ScalarEvent:
            self._scalar(event)
        elif kind is MappingStartEvent:
            self._open(event, {})
        elif kind is SequenceStartEvent:
            self._open(event, [])
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            frame = self._frames.pop()
            if frame.anchor is not None:
                self._anchors[frame.anchor] = (frame.into, frame.size)
            self._put(frame.into, frame.size, event)
        elif kind is AliasEvent:
            self._alias(event)

    def _open(self, event: Any, into: Any) -> None:
        frames = self._frames
        if frames and frames[-1].key is None and type(frames[-1].into) is dict:
            raise fault_at(event, "a mapping key is a mapping or a list", "use a plain name")
        if len(frames) >= MAX_DEPTH:
            message = f"the document is nested more than {MAX_DEPTH} levels deep"
            raise fault_at(event, message, "check the brackets and the indentation")
        frames.append(_Frame(into, event.anchor))

    def _scalar(self, event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        tag, text, plain = event.tag, event.value, event.implicit[0]
        is_key = frame is not None and frame.key is None and type(frame.into) is dict
        if is_key and is_merge(tag, text, plain=plain):
            frame.key = _MERGE  # type: ignore[union-attr]
            return
        try:
            value: Scalar = text
            if plain:
                value = resolve(text)
            elif tag is not None and tag != "!":
                value = resolve_tagged(tag, text)
            if is_key:
                self._key(key_text(value), event)
        except ScalarError as error:
            raise fault_at(event, error.message, error.cure) from error
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        if not is_key:
            # The same few words stand in every manifest, and what is read stays in memory.
            if type(value) is str and len(value) <= _WORD:
                value = _shared(value)
            self._put(value, 1, event)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            message = f"alias *{event.anchor} has no complete anchor &{event.anchor} before it"
            raise fault_at(event, message, "define the anchor earlier in the same document")
        value, size = self._anchors[event.anchor]
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            message = f"aliases expand to more than {MAX_ALIASED} values"
            raise fault_at(event, message, "write the values out, or split the file")
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and type(frame.into) is dict:
            if isinstance(value, (dict, list)):
                raise fault_at(event, "a mapping key is a mapping or a list", "use a plain name")
            try:
                self._key(key_text(value), event)
            except ScalarError as error:
                raise fault_at(event, error.message, error.cure) from error
            return
        self._put(value, size, event)

    def _key(self, key: str, event: Event) -> None:
        frame = self._frames[-1]
        if key in frame.into:
            if frame.merged is None or key not in frame.merged:
                cure = "keep one of the two; the second would silently replace the first"
                raise fault_at(event, f"the key {key!r} is given twice", cure)
            frame.merged.discard(key)
        frame.key = key

    def _put(self, value: Any, size: int, event: Event) -> None:
        if not self._frames:
            self.result = value
            return
        frame = self._frames[-1]
        frame.size += size
        if frame.key is _MERGE:
            self._merge(frame, value, event)
        elif frame.key is None:
            frame.into.append(value)
            return
        else:
            frame.into[frame.key] = value
        frame.key = None

    def _merge(self, frame: _Frame, value: Any, event: Event) -> None:
        """`<<`: applied where it stands, as kubectl's library does; a later key replaces it."""
        sources = list(reversed(value)) if isinstance(value, list) else [value]
        for source in sources:
            if not isinstance(source, dict):
                message = "<< needs a mapping, or a list of mappings"
                raise fault_at(event, message, "point it at an anchor on a mapping")
            frame.into.update(source)
            frame.merged = (frame.merged or set()) | set(source)


def place(event: Event) -> tuple[int, int]:
    """(line, column) where an event begins, both from 1."""
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


def fault_at(event: Event, message: str, cure: str) -> SyntaxFaultError:
    """The fault to raise for something wrong at an event."""
    return SyntaxFaultError(message, cure, *place(event))
