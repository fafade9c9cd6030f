"""One real Envoy on a static bootstrap: asked whether it takes it, or run for a while.

Knows how Envoy is started and when it is ready. Everything stays on 127.0.0.1.
"""

import contextlib
import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from portway.adapters.envoy.binary import locate


class Running(NamedTuple):
    """`ports` are the real ports of the listeners, by their names."""

    ports: dict[str, int]
    admin: int


def complaints(bootstrap: dict[str, Any]) -> str:
    """What `envoy --mode validate` says against a bootstrap; empty when it is accepted."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bootstrap.json")
        path.write_text(json.dumps(bootstrap))
        done = subprocess.run(
            [locate().path, "--mode", "validate", "-c", path, "-l", "warning"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    # What it says is worth reading even when it says yes: deprecated fields are warnings.
    notes = [line for line in done.stderr.splitlines() if "deprecated" in line.lower()]
    return done.stderr + done.stdout if done.returncode else "\n".join(notes)


@contextlib.contextmanager
def running(bootstrap: dict[str, Any]) -> Iterator[Running]:
    """Starts Envoy, waits until it serves, stops it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bootstrap.json")
        path.write_text(json.dumps(bootstrap))
        address = Path(folder, "admin")
        command = [
            *(str(locate().path), "-c", str(path), "--admin-address-path", str(address)),
            *("--concurrency", "1", "--use-dynamic-base-id", "--drain-time-s", "1", "-l", "info"),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _wait(process)
            admin = int(address.read_text().rpartition(":")[2])
            yield Running(_ports(admin), admin)
        finally:
            process.kill()
            process.communicate()


def _wait(process: subprocess.Popen[str]) -> None:
    """Reads the log until Envoy says that its workers run; the log's end means it refused."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if "starting main dispatch loop" in line:
            return
    raise AssertionError("".join(seen))


def _ports(admin: int) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/listeners?format=json") as answer:
        found = json.load(answer)["listener_statuses"]
    return {each["name"]: each["local_address"]["socket_address"]["port_value"] for each in found}
