"""One instance at a time for one data folder.

Knows one lock file. Must not know what is in the folder. The lock is the operating system's: it
ends with the process, however that ends, and is taken before anything of the folder is touched.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class ClaimError(Exception):
    """The folder is in use, or cannot be used. The message names it and the cure."""


@contextlib.contextmanager
def claim(data: Path) -> Iterator[None]:
    """Holds the folder for this process. Raises ClaimError."""
    try:
        handle = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ClaimError(f"{data}: {error.strerror}; choose another --data") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise ClaimError(
            f"{data}: another instance is running with this data folder; stop it, or choose "
            "another --name or --data"
        ) from None
    try:
        yield
    finally:
        os.close(handle)
