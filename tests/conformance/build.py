"""The released suite and its echo server, built from their Go module and kept.

Knows the Go command and where the module is. Must not know what the programs do. What is built is
kept under a name that says from what, so that nothing is built twice and nothing old is run.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

_SUITE: Final = "sigs.k8s.io/gateway-api/conformance"
_API: Final = "sigs.k8s.io/gateway-api"
_IMAGES: Final = "sigs.k8s.io/gateway-api-conformance-images"
MODULE: Final = Path(__file__).resolve().parent / "suite"
_LIMIT: Final = 1800.0


class BuildError(Exception):
    """The programs cannot be built; the message says why and the cure."""


class Built(NamedTuple):
    """The programs. ``bundle``: the folder with the CRDs of the same version."""

    suite: Path
    echo: Path
    bundle: Path
    version: str


def build(cache: Path, module: Path = MODULE) -> Built:
    """The programs in a cache folder, from the versions that the Go module in a folder asks for.
    Raises BuildError."""
    if shutil.which("go") is None:
        raise BuildError("Go, which builds the suite, is not here; install Go 1.26 or newer")
    version = _go(module, "list", "-m", "-f", "{{.Version}}", _API)
    _go(module, "mod", "download", _API)
    folder = cache / _digest(module)
    found = Built(
        suite=folder / "conformance.test",
        echo=folder / "echo-basic",
        bundle=Path(_go(module, "list", "-m", "-f", "{{.Dir}}", _API)) / "config/crd/experimental",
        version=version,
    )
    folder.mkdir(parents=True, exist_ok=True)
    if not found.suite.exists():
        _go(module, "test", "-c", "-o", f"{found.suite}.new", _SUITE)
        Path(f"{found.suite}.new").rename(found.suite)
    if not found.echo.exists():
        # Without C the program needs no file but itself, so a Pod's root may hold nothing else.
        _go(module, "build", "-o", f"{found.echo}.new", _echo(module), CGO_ENABLED="0")
        Path(f"{found.echo}.new").rename(found.echo)
    return found


def _echo(module: Path) -> str:
    """The package of the echo server: from 1.7 on it is in a module of its own."""
    required = _go(module, "list", "-m", "all")
    return f"{_IMAGES if _IMAGES in required else _SUITE}/echo-basic"


def _digest(module: Path) -> str:
    text = _go(module, "version").encode()
    for name in ("go.mod", "go.sum", "suite.go"):
        text += (module / name).read_bytes()
    return hashlib.sha256(text).hexdigest()[:12]


def _go(module: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["go", *arguments],
        cwd=module,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_LIMIT,
    )
    if done.returncode:
        raise BuildError(f"go {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()
