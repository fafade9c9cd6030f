"""What is remembered: its shape, which a later version must still be able to read, and how records
add up."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder.past import Past, PastManifest, PastObject, Record, Replay


def manifest(name: str, value: str = "1", line: int = 1) -> PastManifest:
    metadata = {"name": name, "namespace": "shop"}
    raw = msgspec.json.encode({"kind": "ConfigMap", "metadata": metadata, "data": {"k": value}})
    return PastManifest(line, msgspec.Raw(raw))


def entry(name: str, generation: int = 1) -> PastObject:
    return PastObject("ConfigMap", "shop", name, generation, "2026-01-01T00:00:00Z")


def key(name: str) -> tuple[str, str, str]:
    return ("ConfigMap", "shop", name)


def replayed(*records: Record, before: Past | None = None) -> Past:
    replay = Replay(before)
    for record in records:
        replay.take(record)
    return replay.past()


RECORDS = (
    Record(3, "a.yaml", put=(manifest("x"), manifest("y")), objects=(entry("x"), entry("y"))),
    Record(4, "b.yaml", put=(manifest("z"),), objects=(entry("z"),)),
    Record(5, "a.yaml", put=(manifest("x", "2"),), drop=(key("y"),), objects=(entry("x", 2),)),
    Record(6, "b.yaml", gone=True),
    Record(9),
)


def test_records_add_up() -> None:
    assert replayed(*RECORDS) == Past(9, {"a.yaml": (manifest("x", "2"),)}, (entry("x", 2),))


def test_a_record_is_written_as_it_was_and_the_documents_in_it_too() -> None:
    """Not as text inside text: the file stays readable, and is written without a second pass."""
    for record in RECORDS:
        data = msgspec.json.encode(record)
        assert msgspec.json.decode(data, type=Record) == record
    assert b'"raw":{"kind":"ConfigMap"' in msgspec.json.encode(RECORDS[0])
    assert msgspec.json.encode(RECORDS[3]) == b'{"revision":6,"path":"b.yaml","gone":true}'


def test_records_go_on_from_an_earlier_state() -> None:
    whole = replayed(*RECORDS)
    assert replayed(*RECORDS[2:], before=replayed(*RECORDS[:2])) == whole


def test_a_record_twice_is_the_record_once() -> None:
    assert replayed(*(each for each in RECORDS for _ in "12")) == replayed(*RECORDS)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        replayed(Record(1, "a.yaml", put=(PastManifest(1, msgspec.Raw(b"[]")),)))


names = st.sampled_from("uvw")
steps = st.lists(
    st.tuples(st.sampled_from("ab"), st.none() | st.dictionaries(names, st.sampled_from("12")))
)


@given(steps, st.integers(0, 20))
def test_a_dump_taken_while_it_changes_leads_to_the_same(
    history: list[tuple[str, dict[str, str] | None]], begin: int
) -> None:
    """A file a step is dumped as it is then; what changes meanwhile is recorded as well."""
    files: dict[str, dict[str, str]] = {}
    records: list[Record] = []
    dumping: list[str] | None = None
    for number, (path, content) in enumerate(history):
        if number == begin:
            dumping = sorted(files)
        before = files.pop(path, {})
        if content is None:
            changed = Record(number, path, gone=True)
        else:
            files[path] = content
            put = puts({n: v for n, v in content.items() if before.get(n) != v})
            drop = tuple(key(n) for n in sorted(before.keys() - content.keys()))
            changed = Record(number, path, put=put, drop=drop)
        if dumping is not None:
            records.append(changed)
        if dumping:
            each = dumping.pop()
            records.append(Record(number, each, put=puts(files.get(each, {}))))
    rest = dumping if dumping is not None else sorted(files)
    records.extend(Record(0, each, put=puts(files.get(each, {}))) for each in rest)
    found = {
        path: set(map(bytes_of, kept)) for path, kept in replayed(*records).files.items() if kept
    }
    wanted = {
        path: {bytes_of(manifest(n, v)) for n, v in content.items()}
        for path, content in files.items()
        if content
    }
    assert found == wanted


def puts(content: dict[str, str]) -> tuple[PastManifest, ...]:
    return tuple(manifest(name, value) for name, value in sorted(content.items()))


def bytes_of(each: PastManifest) -> bytes:
    return bytes(each.raw)
