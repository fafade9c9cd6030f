"""Manifest text to documents: YAML and JSON, with a line for everything that is wrong.

Knows the syntax: documents, anchors, merge keys, duplicate keys, limits against hostile input.
Must not know kinds, files on disk or Portway's own rules. Values are built straight from the C
parser's events and not from composed nodes: a third of the time, and no recursion, since the
composer of the C extension overflows the stack on a deeply nested document. Lines of single fields
are found on demand (see positions), because only a wrong document needs them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from yaml import MarkedYAMLError, YAMLError
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.events import DocumentEndEvent, DocumentStartEvent, Event
from yaml.reader import ReaderError

from portway.adapters.folder.construct import Constructor
from portway.adapters.folder.json_text import json_values, looks_like_json
from portway.adapters.folder.problem import FileProblem, MalformedError, SyntaxFaultError

_BOM: Final = "\ufeff"
_MARK: Final = "\n---"
_AFTER_MARK: Final = ("", " ", "\t", "\r", "\n")
_RARE_LINE_ENDS: Final = ("\x85", "\u2028", "\u2029")


class Document(msgspec.Struct, frozen=True):
    """One object of a file: its value as JSON would have it, and where it begins (from 1)."""

    path: str
    line: int
    value: Mapping[str, Any]
    index: int = 0
    """Which YAML document of the file it is in, from 0."""
    item: int | None = None
    """Which of the document's `items`, when the document is a List."""


def read_documents(path: str, text: str) -> tuple[Document, ...]:
    """Every object in a manifest, Lists taken apart, empty documents left out.

    Raises MalformedError with the first thing that keeps the file from being read.
    """
    return read(path, text)[0]


def read(path: str, text: str) -> tuple[tuple[Document, ...], int]:
    """The same, and how many values came by aliases. Raises MalformedError."""
    text = text.removeprefix(_BOM)
    reader = Constructor()
    try:
        values = json_values(text) if looks_like_json(path, text) else None
        found = values if values is not None else list(_yaml_values(text, reader))
        return tuple(_objects(path, found)), reader.aliased
    except SyntaxFaultError as fault:
        problem = FileProblem(path, fault.line, fault.column, fault.message, fault.cure)
        raise MalformedError(problem) from fault


def pieces(path: str, text: str) -> list[str]:
    """A text, without BOM, cut before each line that begins a document. Read one by one the pieces
    hold what the whole does, and a fault in one of them is a fault of the whole.

    Where a cut could change what is read (directives, explicit ends, JSON) or count lines
    differently (rare line ends), the text stays in one piece.
    """
    if _MARK not in text or looks_like_json(path, text) or not _can_be_cut(text):
        return [text]
    cuts, at = [0], text.find(_MARK)
    while at >= 0:
        if text[at + 4 : at + 5] in _AFTER_MARK:
            cuts.append(at + 1)
        at = text.find(_MARK, at + 4)
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], None], strict=True)]


def _can_be_cut(text: str) -> bool:
    if text.startswith("%") or "\n%" in text or "\n..." in text:
        return False
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return False
    return text.isascii() or not any(each in text for each in _RARE_LINE_ENDS)


def events(text: str) -> Iterator[Event]:
    """The parser's events for a text without BOM. Raises yaml's own errors."""
    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def _objects(path: str, found: Sequence[tuple[int, Any]]) -> Iterator[Document]:
    for index, (line, value) in enumerate(found):
        if value is None:
            continue
        if not isinstance(value, Mapping):
            message = f"the document is a {_shape(value)}, not an object"
            raise SyntaxFaultError(message, "begin it with apiVersion, kind and metadata", line)
        kind, items = value.get("kind"), value.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            yield from _items(path, line, value, items, index)
        else:
            yield Document(path, line, value, index)


def _items(
    path: str, line: int, outer: Mapping[str, Any], items: list[Any], index: int
) -> Iterator[Document]:
    """The objects of a List. Items of a typed list (HTTPRouteList) may leave out their kind."""
    kind = str(outer["kind"]).removesuffix("List")
    for number, item in enumerate(items):
        if not isinstance(item, Mapping):
            message = f"items[{number}] is a {_shape(item)}, not an object"
            raise SyntaxFaultError(
                message, "every item needs apiVersion, kind and metadata", line, None
            )
        if kind and "kind" not in item:
            item = {"apiVersion": outer.get("apiVersion"), "kind": kind, **item}
        yield Document(path, line, item, index, number)


def _shape(value: object) -> str:
    if isinstance(value, list):
        return "list"
    return "string" if isinstance(value, str) else "bare value"


def _yaml_values(text: str, reader: Constructor) -> Iterator[tuple[int, Any]]:
    """(line, value) of each YAML document. Raises SyntaxFaultError."""
    try:
        for event in events(text):
            if type(event) is DocumentStartEvent:
                reader.start()
            elif type(event) is DocumentEndEvent:
                yield reader.line, reader.result
            else:
                reader.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        message = ": ".join(part for part in (error.context, error.problem) if part)
        raise SyntaxFaultError(message, "correct the YAML syntax here", line, column) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        cure = "remove the character, or write it as an escape in double quotes"
        raise SyntaxFaultError(
            f"character U+{error.character:04X} is not allowed", cure, line, None
        ) from (error)
    except (YAMLError, UnicodeError) as error:
        raise SyntaxFaultError(str(error), "save the file as UTF-8 text", None, None) from error
