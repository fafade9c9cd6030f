"""The namespaces a run lives in: one of networks, one of processes.

Knows `unshare` and what it needs. With the namespaces everything in them ends, whatever happens
to the run; nothing of it touches the network of this machine.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

_TOOLS: Final = ("setpriv", "unshare", "ip", "chroot", "sh")
NEEDS: Final = (
    "the conformance run needs Linux, `ip` and `unshare`, and either root or unprivileged user "
    "namespaces"
)


class NamespaceError(Exception):
    """There are no namespaces for us here; the message says what is needed."""


def command(inner: Sequence[str]) -> list[str]:
    """The command that runs another in namespaces of its own. Raises NamespaceError."""
    missing = [each for each in _TOOLS if shutil.which(each) is None]
    if missing:
        raise NamespaceError(f"{NEEDS}; not here: {', '.join(missing)}")
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    prefix = [
        # Killed with whoever started it, and everything inside with it.
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", *user, "--net", "--pid", "--mount", "--fork"),
        *("--kill-child=SIGKILL", "--mount-proc", "--"),
    ]
    probe = "ip link set lo up && ip link add probe type bridge"
    done = subprocess.run([*prefix, "sh", "-c", probe], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise NamespaceError(f"{NEEDS}; here: {done.stderr.strip()}")
    return [*prefix, *inner]
