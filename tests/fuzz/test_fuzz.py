"""One invalid object of each kind, and thousands of damaged ones, never touch another's bytes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from portway.core import api
from portway.core.analyze import analyze
from portway.core.schema import Schema
from portway.core.wiring.emit import PREFIX
from tests.fuzz.mutate import Mutator, damaged_text
from tests.fuzz.neighbours import Site, Snapshot, disturbed, snapshot
from tests.fuzz.running import Document, documents, path, started, text

SEED = 20260203
MUTATIONS_PER_KIND = 500
DAMAGED_TEXTS = 300

KINDS = sorted(api.KINDS)


class Bench:
    """One running site, and the check that a change of one file is nobody else's business."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.documents = documents()
        self.site = Site(self.documents)
        self.running = started(schema, self.documents)
        self.before = snapshot(self.running.core)
        self.sound = dict(self.before.resources)

    def of(self, kind: str) -> list[Document]:
        return [each for each in self.documents if each["kind"] == kind]

    def try_text(self, document: Document, content: str) -> bool:
        """Write it, check everything, take it back. True when the core heard of the change."""
        events = self.running.write({path(document): content})
        if not events:
            return False
        self._settle()
        after = snapshot(self.running.core)
        self._check_sound(after)
        assert disturbed(self.before, after, self.site.owned(events)) == []
        self._take_back(document)
        return True

    def _settle(self) -> None:
        for turn in self.running.settle():
            assert turn.failures == ()

    def _check_sound(self, after: Snapshot) -> None:
        for key, host in after.hosts.items():
            assert host.left_out == (), f"routes of {key} cannot be rendered"
        for resource, body in after.resources.items():
            assert all(need in after.resources for need in after.needs[resource]), resource
            if self.sound.get(resource) != body:
                assert self.schema.violations(resource[0].removeprefix(PREFIX), body) == ()
        analyze(self.running.core.view, self.running.folder.objects())

    def _take_back(self, document: Document) -> None:
        self.running.write({path(document): text(document)})
        self._settle()
        back = snapshot(self.running.core)
        assert back.resources == self.before.resources
        assert _timeless(back.statuses) == _timeless(self.before.statuses)
        self.before = back


@pytest.fixture(scope="module")
def bench(schema: Schema) -> Bench:
    return Bench(schema)


def _timeless(value: Any) -> Any:
    """Without the generation: it counts changes, and taking one back is a change."""
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if key != "observedGeneration"}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def _mutations(bench: Bench, kind: str) -> Iterator[tuple[Document, str]]:
    mutator = Mutator(SEED + KINDS.index(kind), bench.documents)
    originals = bench.of(kind)
    for number in range(MUTATIONS_PER_KIND):
        original = originals[number % len(originals)]
        yield original, text(mutator.mutation(original))


def test_the_site_has_every_kind(bench: Bench) -> None:
    assert {each["kind"] for each in bench.documents} == set(api.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_mutations_touch_nobody_else(bench: Bench, kind: str) -> None:
    heard = Counter(bench.try_text(*each) for each in _mutations(bench, kind))
    # A test that only ever sees refused documents proves nothing.
    assert heard[True] > MUTATIONS_PER_KIND // 10, heard


def test_damaged_text_touches_nobody_else(bench: Bench) -> None:
    for number in range(DAMAGED_TEXTS):
        original = bench.documents[number % len(bench.documents)]
        bench.try_text(original, damaged_text(text(original), SEED + number))
