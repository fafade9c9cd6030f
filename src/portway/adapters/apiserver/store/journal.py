"""The journal: every object on disk, in SQLite, by one writer.

Knows rows and transactions. Must not know what an object is. Writes gather while a transaction is
under way and go together in the next one; whoever waits for a revision is told once it is on the
disk. A process that dies loses only what nobody was told of.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS object (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_FORMAT: Final = 1


class Row(NamedTuple):
    """One object; no body: it is deleted."""

    kind: str
    namespace: str
    name: str
    body: bytes | None


class JournalError(Exception):
    """The journal cannot be opened or written; nothing more is acknowledged."""


class Journal:
    """An open journal. ``append`` may be called from one thread, ``durable`` comes from another."""

    def __init__(self, path: Path, durable: Callable[[int, JournalError | None], None]) -> None:
        """``durable(revision, None)``: everything up to the revision is on the disk;
        ``durable(revision, error)``: what came after the last good one is lost.

        Raises JournalError if the file is in use or is not a journal.
        """
        self._durable = durable
        self._lock = _locked(path)
        try:
            self._database = _opened(path)
            self._format_known()
        except sqlite3.Error as error:
            os.close(self._lock)
            raise JournalError(f"{path}: {error}") from error
        self._more = threading.Condition()
        self._rows: list[Row] = []
        self._revision = 0
        self._closing = False
        self._thread: threading.Thread | None = None

    def load(self) -> tuple[int, Iterator[Row]]:
        """(the last revision, every object). Call it once, before the first ``append``."""
        found = self._database.execute("SELECT value FROM state WHERE name = 'revision'").fetchone()
        rows = self._database.execute("SELECT kind, namespace, name, body FROM object")
        return (found[0] if found else 0), (Row(*row) for row in rows)

    def append(self, revision: int, row: Row) -> None:
        """Write a row with the next transaction."""
        with self._more:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
            self._rows.append(row)
            self._revision = revision
            self._more.notify()

    def close(self) -> None:
        """Write what is left and close the file."""
        with self._more:
            self._closing = True
            self._more.notify()
        if self._thread is not None:
            self._thread.join()
        self._database.close()
        os.close(self._lock)

    def _run(self) -> None:
        while True:
            with self._more:
                while not self._rows and not self._closing:
                    self._more.wait()
                rows, self._rows = self._rows, []
                revision = self._revision
            if not rows:
                return
            try:
                self._write(rows, revision)
            except sqlite3.Error as error:
                self._durable(revision, JournalError(f"the journal cannot be written: {error}"))
                return
            self._durable(revision, None)

    def _write(self, rows: list[Row], revision: int) -> None:
        last = {row[:3]: row for row in rows}
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            self._database.executemany(
                "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)",
                [row for row in last.values() if row.body is not None],
            )
            self._database.executemany(
                "DELETE FROM object WHERE kind = ? AND namespace = ? AND name = ?",
                [key for key, row in last.items() if row.body is None],
            )
            run("INSERT OR REPLACE INTO state VALUES ('revision', ?)", (revision,))
            run("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                run("ROLLBACK")
            raise

    def _format_known(self) -> None:
        found = self._database.execute("SELECT value FROM state WHERE name = 'format'").fetchone()
        if found is None:
            self._database.execute("INSERT INTO state VALUES ('format', ?)", (_FORMAT,))
        elif found[0] != _FORMAT:
            raise sqlite3.DatabaseError(f"it has format {found[0]}, this version reads {_FORMAT}")


def _locked(path: Path) -> int:
    """A lock beside the file, held until the process ends."""
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise JournalError(f"{path} is in use by another process") from None
    return lock


def _opened(path: Path) -> sqlite3.Connection:
    # Secrets are in it: the file is the owner's alone from the start.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA busy_timeout = 5000")
    database.executescript(_SCHEMA)
    return database
