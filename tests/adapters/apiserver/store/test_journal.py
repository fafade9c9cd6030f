"""The journal: what was told to be durable is there."""

import os
import threading
from pathlib import Path

import pytest

from portway.adapters.apiserver.store.journal import Journal, JournalError, Row


class Told:
    """Remembers what the journal says is durable."""

    def __init__(self) -> None:
        self.revision = 0
        self.error: JournalError | None = None
        self._news = threading.Condition()

    def __call__(self, revision: int, error: JournalError | None) -> None:
        with self._news:
            self.revision, self.error = revision, error
            self._news.notify_all()

    def wait(self, revision: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.revision >= revision, timeout=10)


def loaded(path: Path) -> tuple[int, dict[str, bytes | None]]:
    journal = Journal(path, lambda _revision, _error: None)
    revision, rows = journal.load()
    found = {row.name: row.body for row in rows}
    journal.close()
    return revision, found


def test_what_is_durable_is_read_again(tmp_path: Path) -> None:
    told = Told()
    journal = Journal(tmp_path / "db", told)
    assert journal.load()[0] == 0
    for number in range(1, 101):
        journal.append(number, Row("k", "n", f"o{number % 10}", str(number).encode()))
    journal.append(101, Row("k", "n", "o0", None))
    told.wait(101)
    journal.close()
    revision, found = loaded(tmp_path / "db")
    assert revision == 101
    assert found == {f"o{each}": str(90 + each).encode() for each in range(1, 10)}


def test_an_object_deleted_and_made_again_in_one_transaction_is_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "db", Told())
    for number, body in enumerate((b"1", None, b"2"), start=1):
        journal.append(number, Row("k", "", "a", body))
    journal.close()
    assert loaded(tmp_path / "db") == (3, {"a": b"2"})


def test_two_processes_cannot_have_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "db", Told())
    with pytest.raises(JournalError, match="in use"):
        Journal(tmp_path / "db", Told())
    journal.close()
    Journal(tmp_path / "db", Told()).close()


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Journal(tmp_path / "db", Told()).close()
    assert os.stat(tmp_path / "db").st_mode & 0o777 == 0o600


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalError):
        Journal(tmp_path / "db", Told())
    (tmp_path / "db").unlink()
    Journal(tmp_path / "db", Told()).close()


def test_another_format_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "db", Told())
    journal._database.execute("UPDATE state SET value = 99 WHERE name = 'format'")
    journal.close()
    with pytest.raises(JournalError, match="format 99"):
        Journal(tmp_path / "db", Told())


def test_a_write_that_fails_is_told(tmp_path: Path) -> None:
    told = Told()
    journal = Journal(tmp_path / "db", told)
    journal._database.execute("DROP TABLE object")
    journal.append(7, Row("k", "", "a", b"1"))
    told.wait(7)
    assert isinstance(told.error, JournalError)
    journal.close()
