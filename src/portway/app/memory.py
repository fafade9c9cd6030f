"""How much memory this process and its children may use.

Knows the machine's and a container's limit (cgroup v2). Must not know what it is for.
"""

import os
from pathlib import Path
from typing import Final

_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")


def limit(path: Path = _LIMIT) -> int:
    """In bytes: the container's limit, the machine's where it has none."""
    try:
        said = path.read_text().strip()
    except OSError:
        said = "max"
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(int(said), whole) if said.isdecimal() else whole
