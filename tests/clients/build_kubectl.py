"""kubectl, built from its Go module in a temporary folder.

Knows the module's layout. Nothing is built twice: the program is kept in a cache folder by its
version.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_MAIN_NEW = """package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
}
"""
_MAIN_OLD = """package main

import (
	"os"

	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	if err := cmd.NewDefaultKubectlCommand().Execute(); err != nil {
		os.Exit(1)
	}
}
"""


def build(version: str) -> Path | None:
    """The program of a version such as ``v0.37.2``; None if there is no Go here.

    Raises CalledProcessError if it cannot be built.
    """
    if shutil.which("go") is None:
        return None
    cache = Path(tempfile.gettempdir()) / f"portway-kubectl-{os.getuid()}"
    program = cache / version / "kubectl"
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    minor = int(version.split(".")[1])
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "go.mod").write_text("module kubectlbuild\n\ngo 1.24\n")
        (folder / "main.go").write_text(_MAIN_NEW if minor >= 24 else _MAIN_OLD)
        named = f"-X k8s.io/component-base/version.gitVersion=v1.{version.partition('.')[2]}"
        for command in (
            ["go", "get", f"k8s.io/kubectl@{version}"],
            ["go", "mod", "tidy", "-e"],
            ["go", "build", "-ldflags", named, "-o", str(program), "."],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=1800)
    return program
