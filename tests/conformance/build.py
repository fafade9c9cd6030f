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

from tests.conformance.suites import Suite

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


class Module(NamedTuple):
    """A Go module of ours, and the Go it asks for if it is another than the one that is here."""

    folder: Path
    toolchain: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What the Go command has to be told."""
        return {"GOTOOLCHAIN": self.toolchain} if self.toolchain else {}


def build(cache: Path, suite: Suite, folder: Path | None = None) -> Built:
    """The programs in a cache folder, from the versions that a Go module asks for, the suite's own
    unless another is given. Raises BuildError."""
    module = Module(folder or suite.module, suite.toolchain)
    if shutil.which("go") is None:
        raise BuildError("Go, which builds the suite, is not here; install Go 1.26 or newer")
    version = _go(module, "list", "-m", "-f", "{{.Version}}", suite.version_of)
    _go(module, "mod", "download", *(name for name, _ in suite.bundles))
    place = cache / _digest(module)
    found = Built(
        suite=place / "conformance.test",
        programs={name: place / name for name in suite.programs},
        bundles=tuple(_folder(module, name) / below for name, below in suite.bundles),
        version=version,
    )
    place.mkdir(parents=True, exist_ok=True)
    if not found.suite.exists():
        _go(module, "test", "-c", "-o", f"{found.suite}.new", suite.tests)
        Path(f"{found.suite}.new").rename(found.suite)
    for name, file in found.programs.items():
        if not file.exists():
            # Without C the program needs no file but itself, so a Pod's root may hold nothing else.
            _go(module, "build", "-o", f"{file}.new", suite.programs[name], CGO_ENABLED="0")
            Path(f"{file}.new").rename(file)
    return found


def _folder(module: Module, name: str) -> Path:
    return Path(_go(module, "list", "-m", "-f", "{{.Dir}}", name))


def _digest(module: Module) -> str:
    text = _go(module, "version").encode()
    for name in ("go.mod", "go.sum", "suite.go"):
        text += (module.folder / name).read_bytes()
    return hashlib.sha256(text).hexdigest()[:12]


def _go(module: Module, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["go", *arguments],
        cwd=module.folder,
        env={**os.environ, **module.environment, **environment},
        capture_output=True,
        text=True,
        timeout=_LIMIT,
    )
    if done.returncode:
        raise BuildError(f"go {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()
