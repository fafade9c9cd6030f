"""A released suite and the programs it deploys, built from their Go modules and kept.

Knows the Go command. Must not know what the programs do. What is built is kept under a name that
says from what, so that nothing is built twice and nothing old is run.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.suites import ECHO, Suite

_IMAGES: Final = "sigs.k8s.io/gateway-api-conformance-images"
_LIMIT: Final = 1800.0


class BuildError(Exception):
    """The programs cannot be built; the message says why and the cure."""


class Built(NamedTuple):
    """The programs, those of images by the images' names. ``bundles``: the folders with the CRDs of
    the same versions."""

    suite: Path
    programs: Mapping[str, Path]
    bundles: tuple[Path, ...]
    version: str


def build(cache: Path, suite: Suite, module: Path | None = None) -> Built:
    """The programs in a cache folder, from the versions that a Go module asks for, the suite's own
    unless another is given. Raises BuildError."""
    module = module or suite.module
    if shutil.which("go") is None:
        raise BuildError("Go, which builds the suite, is not here; install Go 1.26 or newer")
    version = _go(module, "list", "-m", "-f", "{{.Version}}", suite.version_of)
    _go(module, "mod", "download", *(name for name, _ in suite.bundles))
    folder = cache / _digest(module)
    found = Built(
        suite=folder / "conformance.test",
        programs={name: folder / name for name in suite.programs},
        bundles=tuple(_folder(module, name) / below for name, below in suite.bundles),
        version=version,
    )
    folder.mkdir(parents=True, exist_ok=True)
    if not found.suite.exists():
        _go(module, "test", "-c", "-o", f"{found.suite}.new", suite.tests)
        Path(f"{found.suite}.new").rename(found.suite)
    for name, file in found.programs.items():
        if not file.exists():
            package = _moved(module, suite.programs[name])
            # Without C the program needs no file but itself, so a Pod's root may hold nothing else.
            _go(module, "build", "-o", f"{file}.new", package, CGO_ENABLED="0")
            Path(f"{file}.new").rename(file)
    return found


def _folder(module: Path, name: str) -> Path:
    return Path(_go(module, "list", "-m", "-f", "{{.Dir}}", name))


def _moved(module: Path, package: str) -> str:
    """Where a package is: from 1.7 on the echo server is in a module of its own."""
    required = _go(module, "list", "-m", "all")
    name = package.rpartition("/")[2]
    return f"{_IMAGES}/{name}" if name == ECHO and _IMAGES in required else package


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
