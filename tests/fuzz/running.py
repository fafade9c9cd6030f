"""A site as a running instance holds it: one file per object, a settled core, everything answered.

Knows the real path of a manifest (text, folder state, events, core). Must not know what a change
may touch; that is `neighbours`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from portway.adapters.folder.store import FolderState
from portway.adapters.folder.yaml import read_documents
from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring import Core, Turn
from tests.wire.harness.certificates import Authority

Document: TypeAlias = dict[str, Any]

_FILE = Path(__file__).with_name("site.yaml")
_NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
_SECRETS = (("one", "shop"), ("wild", "certs"), ("blog", "blog"))


def documents() -> tuple[Document, ...]:
    """The site, certificates included."""
    found = [dict(each.value) for each in read_documents(_FILE.name, _FILE.read_text())]
    authority = Authority()
    for name, namespace in _SECRETS:
        host = "*.example.com" if name == "wild" else f"{name}.example.com"
        found.append(authority.certificate(host).secret(name, namespace))
    return tuple(found)


def text(document: Any) -> str:
    """A document as a file has it. JSON is YAML, and carries every character."""
    return json.dumps(document, ensure_ascii=True)


def path(document: Document) -> str:
    """The file of a document: nothing else is in it."""
    metadata = document["metadata"]
    return f"{document['kind']}-{metadata.get('namespace', '')}-{metadata['name']}.yaml"


class Running:
    """A core fed by a folder. Nothing is settled before `settle`."""

    def __init__(self, schema: Schema) -> None:
        self.core = Core(schema, system_authorities="/etc/ssl/certs/ca-certificates.crt")
        self.folder = FolderState(lambda: _NOW)
        self._addresses = 0

    def write(self, files: dict[str, str]) -> tuple[api.Event, ...]:
        """Put texts into files; what changed by it has reached the core, unsettled."""
        events = self.folder.apply(files)
        self.core.apply(events)
        return events

    def settle(self) -> tuple[Turn, ...]:
        """Settle, and once more with an address for every Gateway that has none."""
        turns = [self.core.settle()]
        if self._place():
            turns.append(self.core.settle())
        return tuple(turns)

    def acknowledge(self) -> None:
        """Envoy takes everything that there is."""
        for each in self.core.resources():
            self.core.inputs.acknowledged.set((each.type_url, each.name), each.version)
        self.core.settle()

    def _place(self) -> bool:
        new = [
            gateway
            for _, gateway in self.core.gateways.items()
            if self.core.inputs.placements.get(gateway.key) is None
        ]
        for gateway in new:
            self._addresses += 1
            addresses = gateway.wanted_addresses or (f"127.1.0.{self._addresses}",)
            self.core.inputs.placements.set(gateway.key, model.Placement(addresses))
        return bool(new)


def started(schema: Schema, site: tuple[Document, ...]) -> Running:
    """The whole site, settled and acknowledged."""
    running = Running(schema)
    running.write({path(each): text(each) for each in site})
    assert running.folder.problems == ()
    running.settle()
    running.acknowledge()
    return running


def references(value: Any) -> Iterator[Document]:
    """Every object inside a document, the document included."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
