"""One invalid object of each kind: told with its field, and nothing anywhere changes by it."""

import pytest

from portway.core import api
from portway.core.schema import Schema
from tests.fuzz.invalid import INVALID
from tests.fuzz.neighbours import snapshot
from tests.fuzz.running import Running, documents, started, text

KINDS = sorted(api.KINDS)


@pytest.fixture(scope="module")
def running(schema: Schema) -> Running:
    return started(schema, documents())


def test_every_kind_has_an_invalid_object() -> None:
    assert set(INVALID) == set(api.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_file_of_its_own(running: Running, kind: str) -> None:
    before = snapshot(running.core)
    document, field = INVALID[kind]
    events = running.write({"invalid.yaml": text(document)})
    (problem,) = running.folder.problems
    turns = running.settle()
    assert (events, turns[0].recomputed) == ((), 0)
    assert snapshot(running.core) == before
    assert problem.message.startswith(f"{kind} ")
    assert f"{field}" in problem.message
    assert problem.cure
    running.write({"invalid.yaml": ""})
    assert running.folder.problems == ()


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_file_of_all_others(schema: Schema, kind: str) -> None:
    """The invalid object comes first, so that whatever gives up on it gives up on the rest."""
    site = documents()
    running = Running(schema)
    running.write({"site.yaml": "\n---\n".join(text(each) for each in site)})
    running.settle()
    running.acknowledge()
    before = snapshot(running.core)
    broken = [text(INVALID[kind].document), *(text(each) for each in site)]
    events = running.write({"site.yaml": "\n---\n".join(broken)})
    assert events == ()
    assert snapshot(running.core) == before
    assert len(running.folder.problems) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_object_that_turns_bad_stays_as_it_was(schema: Schema, kind: str) -> None:
    site = documents()
    running = started(schema, site)
    before = snapshot(running.core)
    target = next(each for each in site if each["kind"] == kind)
    bad = {**INVALID[kind].document, "metadata": target["metadata"]}
    if kind == "Namespace":  # its fault is in the metadata itself
        bad["metadata"] = {**target["metadata"], "labels": {"a": "b c"}}
    namespace, name = target["metadata"].get("namespace", ""), target["metadata"]["name"]
    events = running.write({f"{kind}-{namespace}-{name}.yaml": text(bad)})
    assert len(running.folder.problems) == 1
    assert events == ()
    assert snapshot(running.core) == before
