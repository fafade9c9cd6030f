"""Writes the last good state to disk, at the cost of what changed.

Knows when to append and when to write anew, and what to do when the disk refuses. Must not know
what is in a record (see snapshot for the format). A record is handed to the operating system when
it happens, which is what outlives a killed process; the disk itself is waited for now and then,
by a thread. Once the file is mostly past, it is written anew beside itself, a few records at a
time, while new ones go to both: nobody waits for it, and a crash leaves the old one or the new.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from portway.adapters.folder.past import Record
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.snapshot import HEADER, line

_SLACK: Final = 1024 * 1024
"""Bytes that may be past before the file is written anew, beside as many as there are in use."""
_SLICE: Final = 16 * 1024
"""Bytes written at a time, which takes about a millisecond."""


class _File:
    """An open file that only grows."""

    def __init__(self, handle: int, size: int) -> None:
        self.handle, self.size = handle, size

    def write(self, data: bytes) -> None:
        """All of the data or nothing. Raises OSError."""
        try:
            written = os.write(self.handle, data)
            while written < len(data):
                written += os.write(self.handle, data[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.handle, self.size)
                os.lseek(self.handle, self.size, os.SEEK_SET)
            raise
        self.size += len(data)


class Journal:
    """The snapshot file of a run. What fails is told by `problem`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: _File | None = None
        self._new: _File | None = None
        self._new_name = ""
        self._rest: Iterator[Record] = iter(())
        self._in_use = 0
        self.problem: FileProblem | None = None

    def resume(self, length: int) -> None:
        """Go on after the first `length` bytes of the file that is there."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            self.failed(error)
            return
        self._file, self._in_use = _File(handle, length), length
        try:
            os.ftruncate(handle, length)
            os.lseek(handle, length, os.SEEK_SET)
        except OSError as error:
            self.failed(error)

    @property
    def is_open(self) -> bool:
        """Whether there is a file to append to."""
        return self._file is not None or self._new is not None

    def append(self, records: Iterable[Record]) -> bool:
        """Remember what changed. True when there is now something to wait for the disk for."""
        data = b"".join(map(line, records))
        try:
            for file in (self._file, self._new):
                if file is not None and data:
                    file.write(data)
        except OSError as error:
            self.failed(error)
            return False
        return bool(data)

    @property
    def wants_rewriting(self) -> bool:
        """Whether the file should be written anew: there is none, or most of it is past."""
        if self._new is not None:
            return False
        return self._file is None or self._file.size > 2 * self._in_use + _SLACK

    @property
    def rewriting(self) -> bool:
        """Whether `write_some` has something to do."""
        return self._new is not None

    def rewrite(self, records: Iterator[Record], *, over_nothing: bool = False) -> None:
        """Begin to write everything anew. The records may be of any time from now on, since what
        changes meanwhile is appended too. `over_nothing`: there is no file that is any use, so
        that each record counts as soon as it is written."""
        try:
            # mkstemp creates with mode 0600, and the rename keeps it.
            handle, self._new_name = tempfile.mkstemp(
                prefix=f".{self._path.name}.", dir=self._path.parent
            )
            self._new, self._rest = _File(handle, 0), records
            self._new.write(HEADER)
            if over_nothing:
                os.replace(self._new_name, self._path)
                self._new_name = ""
        except OSError as error:
            self.failed(error)

    def write_some(self, most: int = _SLICE) -> bool:
        """Write the next records. True once all are written, and `finish` is due after `sync`."""
        if self._new is None:
            return False
        data = bytearray()
        for record in self._rest:
            data += line(record)
            if len(data) >= most:
                break
        try:
            self._new.write(bytes(data))
        except OSError as error:
            self.failed(error)
            return False
        return not data

    def sync(self) -> None:
        """Wait for the disk. May run on another thread while records are appended. Raises OSError,
        of which `failed` wants to know."""
        for file in (self._file, self._new):
            if file is not None:
                os.fsync(file.handle)

    def finish(self) -> None:
        """Put what was written anew in the place of the file."""
        if self._new is None:
            return
        try:
            if self._new_name:
                os.replace(self._new_name, self._path)
        except OSError as error:
            self.failed(error)
            return
        if self._file is not None:
            os.close(self._file.handle)
        self._file, self._new = self._new, None
        self._in_use = self._file.size
        self.problem = None

    def close(self) -> None:
        """Finish what is begun, where there is nothing else to fall back on, and end."""
        if self._file is None and self._new is not None:
            while self._new is not None and not self.write_some():
                pass
            with contextlib.suppress(OSError):
                self.sync()
            self.finish()
        self._abandon()
        if self._file is not None:
            os.close(self._file.handle)
            self._file = None

    def failed(self, error: OSError) -> None:
        """What is on disk stays as it is: true of the past, and without what failed."""
        message = f"the last-good snapshot cannot be written: {error.strerror or error}"
        cure = "make its folder writable; until then a restart cannot fall back on it"
        self.problem = FileProblem(str(self._path), None, None, message, cure)
        self._abandon()
        if self._file is not None:
            os.close(self._file.handle)
            self._file = None  # a record is missing in it: it has to be written anew

    def _abandon(self) -> None:
        if self._new is not None:
            os.close(self._new.handle)
            if self._new_name:
                with contextlib.suppress(OSError):
                    os.unlink(self._new_name)
            self._new = None
