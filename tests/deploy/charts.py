"""The charts: where they are, Helm, and what becomes of them.

Knows Helm's command line. Helm is taken from $HELM or the path, or is built from its Go module and
kept in a cache; where neither can be had, what was rendered before is all there is.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
CHARTS: Final = ROOT / "deploy" / "charts"
INSTALL: Final = ROOT / "deploy" / "install.yaml"
GOLDEN: Final = Path(__file__).parent / "golden"
NAMESPACE: Final = "portway-system"
PICKER: Final = "portway-picker"
KUBERNETES: Final = "1.34.0"
_VERSION: Final = "v3.22.0"
_LIMIT: Final = 1800.0

_HEAD: Final = """\
# Portway. Made by `make charts` from the charts, whose digest is {digest}; change those.
#
#     kubectl apply -f deploy/install.yaml
#
apiVersion: v1
kind: Namespace
metadata:
  name: {namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


class NoHelm(Exception):
    """Helm cannot be had; the message says why."""


def helm(*, build: bool = False) -> Path:
    """The program. ``build``: if need be. Raises NoHelm."""
    named = os.environ.get("HELM") or shutil.which("helm")
    if named:
        return Path(named)
    program = Path(tempfile.gettempdir()) / f"portway-helm-{os.getuid()}" / _VERSION / "helm"
    if program.exists():
        return program
    if not build:
        raise NoHelm("Helm is not here; `make charts` builds it")
    if shutil.which("go") is None:
        raise NoHelm("neither Helm nor Go, which would build it, is here")
    program.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _run(
        ["go", "install", f"helm.sh/helm/v3/cmd/helm@{_VERSION}"],
        env={**os.environ, "GOBIN": str(program.parent), "GOFLAGS": "-mod=mod"},
    )
    return program


def lint(program: Path) -> str:
    """What Helm says of the charts. Raises CalledProcessError if anything is wrong with them."""
    given = {"portway-crds": (), "portway": (), PICKER: ("--set", "pool=models")}
    return "".join(
        _run([str(program), "lint", "--strict", str(CHARTS / chart), *values])
        for chart, values in given.items()
    )


def rendered(program: Path, chart: str, values: Path | None = None, *more: str) -> str:
    """A chart as YAML. Raises CalledProcessError where its schema refuses the values."""
    command = [str(program), "template", "portway", str(CHARTS / chart)]
    command += ["--namespace", NAMESPACE, "--kube-version", KUBERNETES, *more]
    return _run([*command, *(("--values", str(values)) if values else ())])


def install(program: Path) -> str:
    """Both charts as manifests, without the labels that say whose release they are of."""
    pieces = [rendered(program, "portway-crds"), rendered(program, "portway")]
    head = _HEAD.format(digest=digest(), namespace=NAMESPACE)
    lines = [each for piece in pieces for each in piece.splitlines() if not _of_helm(each)]
    return head + "\n".join(lines) + "\n"


def _of_helm(line: str) -> bool:
    marks = r"# Source: |\s+helm\.sh/chart: |\s+app\.kubernetes\.io/managed-by: "
    return re.match(marks, line) is not None


def digest() -> str:
    """Of every file of the two charts, so that what was made of others is noticed without Helm."""
    made = hashlib.sha256()
    files = [each for chart in ("portway", "portway-crds") for each in (CHARTS / chart).rglob("*")]
    for path in sorted(each for each in files if each.is_file()):
        made.update(f"{path.relative_to(CHARTS)}\n".encode() + path.read_bytes())
    return made.hexdigest()[:16]


def cases() -> list[Path]:
    """Folders with values and what is to become of them."""
    return sorted(each.parent for each in GOLDEN.glob("*/values.yaml"))


def chart_of(case: Path) -> str:
    """The chart that a case is of."""
    return PICKER if case.name.startswith("picker") else "portway"


def documents(text: str) -> list[dict[str, Any]]:
    """The objects of a stream of YAML."""
    return [each for each in yaml.safe_load_all(text) if each]


def renders() -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """What was rendered of the controller, by name; Helm is not needed."""
    yield "install", documents(INSTALL.read_text())
    for each in cases():
        if chart_of(each) == "portway":
            yield each.name, documents((each / "expected.yaml").read_text())


def of_kind(found: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The objects of a kind."""
    return [each for each in found if each["kind"] == kind]


def _run(command: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, env=env, check=True, capture_output=True, text=True, timeout=_LIMIT
    )
    return done.stdout
