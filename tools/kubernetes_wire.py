"""Writes the table of protobuf fields that the API server reads typed clients' bodies with.

    python tools/kubernetes_wire.py MODULES   # the Go module cache with k8s.io/api in it

Reads the ``generated.proto`` files of k8s.io/api and k8s.io/apimachinery (the newest versions
there) and keeps numbers, names and types of the messages that the served kinds are made of.
"""

import json
import re
import sys
from pathlib import Path

ROOTS = (
    "core.v1.Namespace",
    "core.v1.Service",
    "core.v1.Secret",
    "core.v1.ConfigMap",
    "core.v1.Pod",
    "core.v1.Event",
    "core.v1.Endpoints",
    "core.v1.ServiceAccount",
    "apps.v1.Deployment",
    "coordination.v1.Lease",
    "discovery.v1.EndpointSlice",
    "meta.v1.DeleteOptions",
)
# Go structs that are embedded: JSON has their fields one level further up.
INLINE = {
    ("core.v1.Volume", "volumeSource"),
    ("core.v1.Probe", "handler"),
    ("core.v1.ConfigMapKeySelector", "localObjectReference"),
    ("core.v1.SecretKeySelector", "localObjectReference"),
    ("core.v1.ConfigMapEnvSource", "localObjectReference"),
    ("core.v1.SecretEnvSource", "localObjectReference"),
    ("core.v1.ConfigMapVolumeSource", "localObjectReference"),
    ("core.v1.SecretProjection", "localObjectReference"),
    ("core.v1.ConfigMapProjection", "localObjectReference"),
    ("core.v1.EphemeralContainer", "ephemeralContainerCommon"),
}
OUTPUT = Path(__file__).parent.parent / "src/portway/adapters/apiserver/http/wire.json"
_MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(
    r"^\s+(optional|repeated|map<\w+, ([\w.]+)>)\s+(?:([\w.]+) )?(\w+) = (\d+)", re.M
)


def main(modules: Path) -> None:
    """Write the table."""
    messages: dict[str, dict[str, list[str]]] = {}
    for module in ("api", "apimachinery"):
        newest = max(modules.glob(f"k8s.io/{module}@*"), key=_version)
        for path in sorted(newest.rglob("generated.proto")):
            _read(path.read_text(), messages)
    kept: dict[str, dict[str, list[str]]] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in kept or name not in messages:
            continue
        kept[name] = messages[name]
        waiting += [field[1] for field in messages[name].values()]
    OUTPUT.write_text(json.dumps(kept, sort_keys=True, separators=(",", ":")) + "\n")
    print(f"{len(kept)} messages, {OUTPUT.stat().st_size} bytes")


def _version(path: Path) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", path.name)]


def _read(text: str, messages: dict[str, dict[str, list[str]]]) -> None:
    package = re.search(r"^package ([\w.]+);", text, re.M)
    if package is None:
        return
    for found in _MESSAGE.finditer(text):
        name = _short(f"{package[1]}.{found[1]}")
        fields: dict[str, list[str]] = {}
        for field in _FIELD.finditer(found[2]):
            label = "map" if field[1].startswith("map") else field[1]
            type_ = field[2] or field[3]
            if "." in type_ or type_[0].isupper():
                type_ = _short(type_ if "." in type_ else f"{package[1]}.{type_}")
            if (name, field[4]) in INLINE:
                label = "inline"
            fields[field[5]] = [field[4], type_, label]
        messages[name] = fields


def _short(name: str) -> str:
    """``k8s.io.api.core.v1.Pod`` is ``core.v1.Pod``."""
    return ".".join(name.lstrip(".").split(".")[-3:])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
