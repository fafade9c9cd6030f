"""`portway picker` in the place of the suite's endpoint picker.

    python -m tests.conformance.harness.own_picker ARGUMENT...

Takes the arguments that the suite's manifests have for its own picker and becomes the command of
ours that does the same. The suite names by headers which endpoints it wants, which ours obeys for
it alone. Must not know endpoints.
"""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

_NAMES: Final = ("pool-name", "pool-namespace", "grpc-port", "grpc-health-port")


def command(arguments: Sequence[str], kubeconfig: Path) -> list[str]:
    """What is run for these arguments of the suite's picker."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    pool, namespace, port, health = (given[f"--{each}"] for each in _NAMES)
    return [
        str(Path(sys.executable).with_name("portway")),
        "picker",
        *("--pool", f"{namespace}/{pool}"),
        *("--kubeconfig", str(kubeconfig)),
        *("--address", f"0.0.0.0:{port}", "--health-address", f"0.0.0.0:{health}"),
        "--test-headers",
    ]


def reachable(document: Any) -> Any:
    """A kubeconfig without the name that the API's certificate is for: Pods reach it by another
    address."""
    for each in document["clusters"]:
        each["cluster"].pop("certificate-authority-data", None)
        each["cluster"]["insecure-skip-tls-verify"] = True
    return document


if __name__ == "__main__":
    found = reachable(yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text()))
    with tempfile.NamedTemporaryFile("w", suffix=".kubeconfig", delete=False) as file:
        json.dump(found, file)
    words = command(sys.argv[1:], Path(file.name))
    os.execv(words[0], words)
