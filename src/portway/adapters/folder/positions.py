"""Where a field stands in a manifest: a field path to a line and a column.

Knows text places only. Must not know kinds or rules. It reads the text a second time, because only
a wrong document needs its lines: keeping a place for every value would slow every good file down.
"""

import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from yaml import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from portway.adapters.folder.construct import place
from portway.adapters.folder.yaml import Document, events

_STEP: Final = re.compile(r"\[\s*(?:\"([^\"]*)\"|'([^']*)'|([^\]]*))\s*\]|([^.\[]+)")
_MAX_STEPS: Final = 64
_NOT_STARTED: Final = sys.maxsize


class _Node:
    """A value's place and its children by key, or by index as text."""

    __slots__ = ("children", "column", "line", "listed")

    def __init__(self, line: int, column: int, *, listed: bool = False) -> None:
        self.line, self.column, self.listed = line, column, listed
        self.children: dict[str, _Node] = {}


class Places:
    """The places of one text. Ask in the order of the documents: then it is read once, however
    many fields are wrong, and the places of one document at a time are kept."""

    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("\ufeff")
        self._stream: Iterator[Event] = iter(())
        self._next = _NOT_STARTED
        self._root: _Node | None = None

    def of(self, document: Document, path: str) -> tuple[int, int | None]:
        """(line, column) of a field such as `spec.rules[0].matches[1].path`, both from 1.

        When the field itself is not written (it is missing, or came by an alias), the place of the
        nearest field around it; at worst the line of the document.
        """
        root = self._nodes(document.index)
        if root is None:
            return document.line, None
        steps: list[str] = [] if document.item is None else ["items", str(document.item)]
        steps += [next(part for part in each if part) for each in _STEP.findall(path) if any(each)]
        return _deepest(root, steps)

    def _nodes(self, index: int) -> _Node | None:
        """The places in the document with this index, or None when it is not readable YAML."""
        if index != self._next - 1:
            if index < self._next:
                self._stream, self._next = events(self._text), 0
            self._root = self._read(index)
            self._next = index + 1
        return self._root

    def _read(self, index: int) -> _Node | None:
        try:
            starts = (event for event in self._stream if type(event) is DocumentStartEvent)
            if next(islice(starts, index - self._next, None), None) is None:
                return None
            return _document(self._stream)
        except (YAMLError, UnicodeError):
            return None


def _deepest(root: _Node, steps: list[str]) -> tuple[int, int]:
    """A key may itself hold dots (`metadata.annotations.a.b/c`): the longest one that fits wins."""
    node, at, steps = root, 0, steps[:_MAX_STEPS]
    while at < len(steps):
        for end in range(len(steps), at, -1):
            child = node.children.get(".".join(steps[at:end]))
            if child is not None:
                node, at = child, end
                break
        else:
            break
    return node.line, node.column


def _document(stream: Any) -> _Node | None:
    root: _Node | None = None
    open_nodes: list[_Node] = []
    keys: list[tuple[str, _Node] | None] = []
    for event in stream:
        kind = type(event)
        if kind is DocumentEndEvent:
            break
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            open_nodes.pop()
            keys.pop()
            continue
        if kind not in (AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent):
            continue
        node = _Node(*place(event), listed=kind is SequenceStartEvent)
        if open_nodes and not open_nodes[-1].listed and keys[-1] is None:
            keys[-1] = (getattr(event, "value", ""), node)
            continue
        _attach(open_nodes, keys, node)
        root = root or node
        if kind is MappingStartEvent or kind is SequenceStartEvent:
            open_nodes.append(node)
            keys.append(None)
    return root


def _attach(open_nodes: list[_Node], keys: list[tuple[str, _Node] | None], node: _Node) -> None:
    if not open_nodes:
        return
    parent = open_nodes[-1]
    if parent.listed:
        parent.children[str(len(parent.children))] = node
        return
    pending = keys[-1]
    if pending is not None:
        name, key_node = pending
        # A field is shown where its key stands, which is where an editor should jump.
        node.line, node.column = key_node.line, key_node.column
        parent.children[name] = node
        keys[-1] = None
