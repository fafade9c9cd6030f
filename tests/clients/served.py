"""A fresh API for a client to be driven against: of `portway run`, or alone.

Knows processes and where the kubeconfig is written. Must not know clients.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(*, alone: bool = True) -> Iterator[tuple[Path, Path]]:
    """(kubeconfig, folder) of a fresh API, ``alone`` or that of ``portway run``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "manifests").mkdir()
        command = [sys.executable, "-m", "tests.clients.serve", name]
        if not alone:
            portway = str(Path(sys.executable).with_name("portway"))
            command = [portway, "run", "--data", name, "--drain-time", "0", name + "/manifests"]
            command += ["--address-pool", "127.99.0.0/28"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            for _ in range(300):
                if (folder / "kubeconfig").exists():
                    break
                time.sleep(0.1)
            else:
                raise TimeoutError(f"no kubeconfig within 30 s: {' '.join(command)}")
            yield folder / "kubeconfig", folder
        finally:
            process.terminate()
            process.wait(timeout=60)
