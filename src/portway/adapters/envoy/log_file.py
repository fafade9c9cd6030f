"""Envoy's own log: kept below a size, and read when Envoy has died.

Knows a file another process appends to. Must not know why it is read.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

_TAIL_BYTES = 64 * 1024
_LEVEL = re.compile(rb"\]\[(?:warning|error|critical)\]\[")
_RECORD = re.compile(rb"\[\d{4}-\d\d-\d\d ")
_LONGEST_LINE = 500


def trim(file: Path, limit: int) -> bool:
    """Keeps a log below `limit` bytes; returns whether it had to.

    The writer holds the file open for appending, so it is copied to `<name>.1` and emptied in
    place; lines written in the instant between the two are lost. Both files together stay below
    twice the limit.
    """
    try:
        if file.stat().st_size <= limit:
            return False
        shutil.copyfile(file, file.with_name(f"{file.name}.1"))
        os.truncate(file, 0)
    except FileNotFoundError:
        return False
    return True


def last_lines(file: Path, count: int) -> tuple[str, ...]:
    """The last warnings and errors; the last lines of any kind where there are none of those.

    Lines that belong to a record (a stack, a printed message) stay with it.
    """
    try:
        with file.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - _TAIL_BYTES))
            lines = log.read().splitlines()
    except OSError:
        return ()
    loud: list[bytes] = []
    wanted = False
    for line in lines:
        if _RECORD.match(line):
            wanted = _LEVEL.search(line) is not None
        if wanted and line.strip():
            loud.append(line)
    chosen = loud or [line for line in lines if line.strip()]
    return tuple(line.decode(errors="replace")[:_LONGEST_LINE] for line in chosen[-count:])
