"""The state of a folder: files in, events out."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder.past import Past, Record, Replay
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.store import FolderState
from portway.core import api

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)


def config_map(name: str, value: str = "1", meta: str = "") -> str:
    return f"""---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}{meta}}}
data: {{key: "{value}"}}
"""


def backend(name: str, port: int) -> str:
    return f"""---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {{name: {name}}}
spec: {{endpoints: [{{ip: {{address: 127.0.0.1, port: {port}}}}}]}}
"""


def state() -> FolderState:
    return FolderState(lambda: NOW)


def remembered(folder: FolderState) -> Past:
    """What a restart would find, by way of the records' bytes."""
    replay = Replay()
    for record in folder.records():
        replay.take(msgspec.json.decode(msgspec.json.encode(record), type=Record))
    return replay.past()


def names(events: tuple[api.Event, ...]) -> list[tuple[str, bool]]:
    return [(event.name, event.object is not None) for event in events]


def meta(events: tuple[api.Event, ...]) -> api.ObjectMeta:
    (event,) = events
    assert event.object is not None
    return event.object.metadata


def test_a_file_comes_changes_and_goes() -> None:
    folder = state()
    assert names(folder.update("a.yaml", config_map("x") + config_map("w"))) == [
        ("w", True),
        ("x", True),
    ]
    assert names(folder.update("a.yaml", config_map("x") + config_map("w", "2"))) == [("w", True)]
    assert names(folder.update("a.yaml", config_map("w", "2"))) == [("x", False)]
    assert names(folder.update("a.yaml", None)) == [("w", False)]
    assert folder.objects() == ()
    assert folder.update("a.yaml", None) == ()


def test_what_does_not_change_an_object_is_no_event() -> None:
    folder = state()
    folder.update("a.yaml", config_map("x"))
    assert folder.update("a.yaml", "# a comment\n" + config_map("x")) == ()
    assert folder.update("a.yaml", config_map("x", meta=", resourceVersion: '77'")) == ()


def test_metadata_is_as_an_api_server_would_have_it() -> None:
    folder = state()
    first = meta(folder.update("a.yaml", config_map("x", meta=", generation: 9, uid: mine")))
    assert (first.generation, first.creation_timestamp) == (1, "2026-11-21T10:00:00Z")
    assert first.uid not in ("", "mine")
    labelled = meta(folder.update("a.yaml", config_map("x", meta=", labels: {a: b}")))
    assert labelled.generation == 1
    assert int(labelled.resource_version) > int(first.resource_version)
    changed = meta(folder.update("a.yaml", config_map("x", "2")))
    assert changed.generation == 2
    assert changed.uid == first.uid
    assert int(changed.resource_version) > int(labelled.resource_version)


def test_a_creation_timestamp_in_the_manifest_is_kept() -> None:
    given_time = ", creationTimestamp: 2020-01-01T00:00:00Z"
    folder = state()
    assert meta(folder.update("a.yaml", config_map("x", meta=given_time))).creation_timestamp == (
        "2020-01-01T00:00:00Z"
    )


def test_a_broken_file_keeps_its_objects_until_it_is_mended() -> None:
    folder = state()
    folder.update("a.yaml", config_map("x"))
    assert folder.update("a.yaml", "a: [") == ()
    assert [problem.path for problem in folder.problems] == ["a.yaml"]
    assert [each.name for each in folder.objects()] == ["x"]
    assert names(folder.update("a.yaml", config_map("z"))) == [("x", False), ("z", True)]
    assert folder.problems == ()


def test_a_file_that_cannot_be_read_counts_as_broken() -> None:
    folder = state()
    folder.update("a.yaml", config_map("x"))
    problem = FileProblem("a.yaml", None, None, "no", "ask")
    assert folder.update("a.yaml", problem) == ()
    assert folder.problems == (problem,)


def test_an_invalid_object_keeps_its_last_good_version_and_others_update() -> None:
    folder = state()
    folder.update("a.yaml", backend("x", 80) + backend("w", 80))
    events = folder.update("a.yaml", backend("x", 99999) + backend("w", 81))
    assert names(events) == [("w", True)]
    assert [each.name for each in folder.objects()] == ["w", "x"]
    assert [(p.path, p.line) for p in folder.problems] == [("a.yaml", 5)]
    assert folder.update("a.yaml", backend("x", 80) + backend("w", 81)) == ()
    assert folder.problems == ()


def test_while_a_document_does_not_tell_its_name_nothing_counts_as_gone() -> None:
    folder = state()
    folder.update("a.yaml", config_map("x") + config_map("w"))
    for mistake in (
        config_map("y"),  # a boolean to kubectl, and so no name
        config_map("x").replace("kind: ConfigMap", ""),
        config_map("x")
        .replace("kind: ConfigMap", "kind: HTTPRout")
        .replace("v1", "portway.dev/v1"),
    ):
        assert names(folder.update("a.yaml", mistake + config_map("w"))) == []
        assert len(folder.problems) == 1
    assert names(folder.update("a.yaml", config_map("w"))) == [("x", False)]


def test_the_first_file_wins_and_the_second_takes_over() -> None:
    folder = state()
    folder.update("b.yaml", config_map("x", "b"))
    first = meta(folder.update("a.yaml", config_map("x", "a")))
    assert first.generation == 2
    (problem,) = folder.problems
    assert (problem.path, problem.line) == ("b.yaml", 2)
    assert "a.yaml:2" in problem.message
    assert folder.update("b.yaml", config_map("x", "c")) == ()
    (event,) = folder.update("a.yaml", None)
    assert isinstance(event.object, api.ConfigMap)
    assert event.object.data == {"key": "c"}
    assert folder.problems == ()


def test_an_object_that_moves_between_files_stays_the_same() -> None:
    folder = state()
    folder.update("a.yaml", config_map("x"))
    assert folder.apply({"a.yaml": None, "b.yaml": config_map("x")}) == ()


def test_a_restart_with_a_broken_file_serves_the_last_good_objects() -> None:
    before = state()
    before.update("a.yaml", config_map("x"))
    before.update("a.yaml", config_map("x", "2"))
    before.update("b.yaml", config_map("gone"))

    after = FolderState(lambda: datetime(2030, 1, 1, tzinfo=UTC))
    after.remember(remembered(before))
    events = after.apply({"a.yaml": "a: ["})
    after.settle()
    assert names(events) == [("x", True)]
    assert meta(events).generation == 2
    assert meta(events).creation_timestamp == "2026-11-21T10:00:00Z"
    assert int(meta(events).resource_version) > 2
    assert [problem.path for problem in after.problems] == ["a.yaml"]
    assert names(after.update("b.yaml", "a: [")) == []


def test_generation_goes_on_across_a_restart() -> None:
    before = state()
    before.update("a.yaml", config_map("x"))
    for text, generation in ((config_map("x"), 1), (config_map("x", "2"), 2)):
        after = state()
        after.remember(remembered(before))
        assert meta(after.update("a.yaml", text)).generation == generation


def test_notices_are_not_problems() -> None:
    folder = state()
    folder.update("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n")
    assert folder.problems == ()
    assert len(folder.notices) == 1


good = st.lists(
    st.builds(config_map, st.sampled_from("uvwx"), st.sampled_from("123")), max_size=4
).map("".join)
broken = st.sampled_from(["a: [", "- 1", config_map("u") + "kind: ["])
steps = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.none() | good | broken), max_size=12
)


def core(resources: tuple[api.Resource, ...]) -> list[api.Resource]:
    """The objects without what depends on history."""
    return [
        msgspec.structs.replace(
            each,
            metadata=msgspec.structs.replace(each.metadata, generation=0, resource_version=""),
        )
        for each in resources
    ]


@given(steps)
def test_any_history_ends_where_a_fresh_start_from_good_files_would(
    history: list[tuple[str, str | None]],
) -> None:
    folder = state()
    mirror: dict[str, api.Resource] = {}
    last_good: dict[str, str] = {}
    now_broken: set[str] = set()
    for path, text in history:
        for event in folder.update(path, text):
            if event.object is None:
                del mirror[event.name]
            else:
                assert mirror.get(event.name) != event.object
                mirror[event.name] = event.object
        now_broken.discard(path)
        if text is None:
            last_good.pop(path, None)
        elif "[" in text or text == "- 1":
            now_broken.add(path)
        else:
            last_good[path] = text
    fresh = state()
    fresh.apply(last_good)
    assert core(folder.objects()) == core(fresh.objects())
    assert tuple(mirror[name] for name in sorted(mirror)) == folder.objects()
    assert {p.path for p in folder.problems if "defined" not in p.message} == now_broken


@given(steps)
def test_a_restart_loses_nothing(history: list[tuple[str, str | None]]) -> None:
    before = state()
    for path, text in history:
        before.update(path, text)
    after = state()
    after.remember(remembered(before))
    after.apply({path: FileProblem(path, None, None, "gone bad", "") for path in before.paths})
    after.settle()
    assert [
        msgspec.structs.replace(
            each, metadata=msgspec.structs.replace(each.metadata, resource_version="")
        )
        for each in after.objects()
    ] == [
        msgspec.structs.replace(
            each, metadata=msgspec.structs.replace(each.metadata, resource_version="")
        )
        for each in before.objects()
    ]


def test_where_an_object_is_written_is_known() -> None:
    state = FolderState()
    state.update("b.yaml", "\n" + config_map("x"))
    assert state.place("ConfigMap", "default", "x") == "b.yaml:3"
    state.update("a.yaml", config_map("x"))
    assert state.place("ConfigMap", "default", "x") == "a.yaml:2"
    assert state.place("ConfigMap", "default", "y") == ""
    assert state.holds("ConfigMap", "default", "x")
    assert not state.holds("ConfigMap", "default", "y")


def test_objects_that_break_a_rule_are_known_by_name() -> None:
    folder = state()
    folder.update("a.yaml", backend("good", 3000) + "---\n" + backend("bad", 0))
    assert [key.name for key in folder.invalid] == ["bad"]
    folder.update("a.yaml", backend("good", 3000))
    assert folder.invalid == frozenset()
