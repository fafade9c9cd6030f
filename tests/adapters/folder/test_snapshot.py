"""The snapshot file: whole or not at all, and no trust in what is found."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder import snapshot
from portway.adapters.folder.past import Past, PastManifest, PastObject, Record
from portway.adapters.folder.snapshot import HEADER, Found, line

MANIFEST = PastManifest(1, msgspec.Raw(b'{"kind":"ConfigMap","metadata":{"name":"a"}}'))
OBJECT = PastObject("ConfigMap", "", "a", 2, "2026-01-01T00:00:00Z")
RECORDS = [
    Record(number, f"{number}.yaml", put=(MANIFEST,), objects=(OBJECT,)) for number in range(1, 6)
]
LINES = [HEADER, *map(line, RECORDS)]


def past(count: int) -> Past:
    names = [f"{number}.yaml" for number in range(1, count + 1)]
    files: dict[str, tuple[PastManifest, ...]] = dict.fromkeys(names, (MANIFEST,))
    return Past(count, files, (OBJECT,) if count else ())


def test_what_was_written_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"".join(LINES))
    assert snapshot.load(path) == Found(past(5), None, path.stat().st_size)


def test_a_line_is_checked_and_can_be_read_by_people() -> None:
    digest, body = line(RECORDS[0]).split(b" ", 1)
    assert len(digest) == 16
    assert msgspec.json.decode(body)["path"] == "1.yaml"


JUNK = st.sampled_from([b"", b"\0" * 50, b"\n", b"x\n{}\n"])


@given(st.integers(0, len(b"".join(LINES))), JUNK)
def test_a_torn_end_does_not_count(
    tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes
) -> None:
    data = b"".join(LINES)[:at] + junk
    path = tmp_path_factory.mktemp("torn") / "state.json"
    path.write_bytes(data)
    found = snapshot.load(path)
    starts = [b"".join(LINES[:end]) for end in range(len(LINES) + 1)]
    whole = max(end for end, start in enumerate(starts) if data.startswith(start))
    if whole == 0:
        assert found.past is None
        assert found.length == 0
        return
    assert found == Found(past(whole - 1), None, sum(map(len, LINES[:whole])))


def test_a_flipped_bit_ends_what_counts(tmp_path: Path) -> None:
    data = bytearray(b"".join(LINES))
    data[len(LINES[0]) + len(LINES[1]) + 30] ^= 1
    path = tmp_path / "state.json"
    path.write_bytes(data)
    assert snapshot.load(path) == Found(past(1), None, len(LINES[0]) + len(LINES[1]))


def test_the_first_format_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b'{"version":1,"past":' + msgspec.json.encode(past(3)) + b"}")
    assert snapshot.load(path) == Found(past(3), None, 0)


def test_no_snapshot_is_no_problem(tmp_path: Path) -> None:
    assert snapshot.load(tmp_path / "none") == Found()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b'{"version":1,"past":{"revision":"x"}}', "damaged"),
        (b'{"version":99,"past":{}}', "version 99"),
        (b'{"version":99}', "version 99"),
    ],
)
def test_a_bad_snapshot_is_reported_and_ignored(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(data)
    found = snapshot.load(path)
    assert (found.past, found.length) == (None, 0)
    assert found.problem is not None
    assert words in found.problem.message


def test_a_folder_in_its_place_is_reported(tmp_path: Path) -> None:
    found = snapshot.load(tmp_path)
    assert found.past is None
    assert found.problem is not None
