"""Files that are there whole or not at all, and that only their owner can read.

Knows the disk. Must not know what is in a file.
"""

import os
import tempfile
from pathlib import Path


def write(data: bytes, path: Path, *, durable: bool = True) -> None:
    """Replace the file at `path` in one step, mode 0600. `durable` waits for the disk; without it
    a machine that loses power may have the old file or an empty one. Raises OSError."""
    # mkstemp creates with mode 0600, and the rename keeps it.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
