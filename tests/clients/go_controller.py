"""A controller on controller-runtime against the API (its program is in ``controller/main.go``).

    python -m tests.clients.go_controller [--version v0.25.2]

Builds the program in a temporary folder; without Go it says so in one line and does nothing.
Exits with 1 if the program does not come to its end.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients.served import served

SOURCE = Path(__file__).resolve().parent / "controller" / "main.go"


def build(version: str, folder: Path) -> Path:
    """The program. Raises CalledProcessError if it cannot be built."""
    (folder / "go.mod").write_text("module controller\n\ngo 1.24\n")
    shutil.copy(SOURCE, folder)
    for command in (
        ["go", "get", f"sigs.k8s.io/controller-runtime@{version}"],
        ["go", "mod", "tidy"],
        ["go", "build", "-o", "controller", "."],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=1800)
    return folder / "controller"


def main() -> int:
    """Build and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--version", default="v0.25.2")
    options = parser.parse_args()
    if shutil.which("go") is None:
        print("the controller is not driven: Go, which would build it, is not here")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        program = build(options.version, Path(folder))
        print(f"controller-runtime {options.version}")
        with served(alone=False) as (kubeconfig, _):
            done = subprocess.run(
                [str(program), str(kubeconfig)], capture_output=True, text=True, timeout=120
            )
    print(done.stdout, end="")
    if done.returncode:
        print(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
