"""What a container of a Pod is given: its environment, its arguments, its mounted files.

Pure: manifests in, values out. Knows fieldRef, Secret and ConfigMap volumes, as far as a Pod that
only serves needs them. Must not know processes.
"""

import base64
from collections.abc import Callable
from typing import NamedTuple

from tests.conformance.harness.api import Document
from tests.conformance.harness.probe import Probe, probe_of

Find = Callable[[str, str, str], Document | None]
"""(kind, namespace, name) to the object."""


class Missing(Exception):
    """Something the container mounts is not there yet; the message names it."""


class Unsupported(Exception):
    """The Pod asks for something this node does not have; the message names it."""


class Container(NamedTuple):
    """One container, ready to run. ``files``: absolute path inside it to content; ``probe``: what
    its readiness hangs on, more than that it listens."""

    name: str
    image: str
    arguments: list[str]
    environment: dict[str, str]
    files: dict[str, bytes]
    probe: Probe | None = None


def containers_of(pod: Document, address: str, find: Find) -> list[Container]:
    """The containers of a Pod, in order. Raises Missing or Unsupported."""
    return [
        Container(
            name=spec["name"],
            image=spec["image"],
            arguments=list(spec.get("args") or ()),
            environment={
                each["name"]: _value(each, pod, address) for each in spec.get("env") or ()
            },
            files=_files(pod, spec, find),
            probe=probe_of(spec),
        )
        for spec in pod["spec"]["containers"]
    ]


def _value(variable: Document, pod: Document, address: str) -> str:
    source = variable.get("valueFrom")
    if source is None:
        return str(variable.get("value", ""))
    fields = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "spec.nodeName": pod["spec"]["nodeName"],
        "status.podIP": address,
    }
    field = (source.get("fieldRef") or {}).get("fieldPath")
    if field not in fields:
        raise Unsupported(f"env {variable['name']}: valueFrom {source} is not known to this node")
    return str(fields[field])


def _files(pod: Document, spec: Document, find: Find) -> dict[str, bytes]:
    volumes = {each["name"]: each for each in pod["spec"].get("volumes") or ()}
    files = {}
    for mount in spec.get("volumeMounts") or ():
        content = _volume(volumes[mount["name"]], pod["metadata"]["namespace"], find)
        for name, data in content.items():
            files[f"{mount['mountPath'].rstrip('/')}/{name}"] = data
    return files


def _volume(volume: Document, namespace: str, find: Find) -> dict[str, bytes]:
    if "secret" in volume:
        source, kind, name = volume["secret"], "Secret", volume["secret"]["secretName"]
    elif "configMap" in volume:
        source, kind, name = volume["configMap"], "ConfigMap", volume["configMap"]["name"]
    else:
        raise Unsupported(f"volume {volume['name']}: only secret and configMap on this node")
    found = find(kind, namespace, name)
    if found is None:
        raise Missing(f'{kind.lower()} "{name}" not found')
    data = _data(found)
    if "items" not in source:
        return data
    chosen = {}
    for item in source["items"]:
        if item["key"] not in data:
            raise Missing(f'{kind.lower()} "{name}" has no key {item["key"]}')
        chosen[item["path"]] = data[item["key"]]
    return chosen


def _data(found: Document) -> dict[str, bytes]:
    given = found.get("data") or {}
    if found["kind"] == "Secret":
        return {name: base64.b64decode(value) for name, value in given.items()}
    binary = found.get("binaryData") or {}
    return {name: str(value).encode() for name, value in given.items()} | {
        name: base64.b64decode(value) for name, value in binary.items()
    }
