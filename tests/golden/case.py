"""One golden case: a folder that tells its whole story.

in.yaml       the manifests, complete: there is no hidden base
model.yaml    what they mean: listeners, attachments, virtual hosts, backends
xds.yaml      what Envoy is told
status.yaml   what the user reads once Envoy has acknowledged everything

Where a case is about proxies of each Gateway's own its name says so; what is made for those is in
`test_infrastructure`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from portway.adapters.admin.redact import redact
from portway.adapters.folder.load import load_text
from portway.core import api, graph, infra, model
from portway.core.controller_name import CONTROLLER
from portway.core.schema import Schema
from portway.core.wiring import Core

ROOT = Path(__file__).parent
PREFIX = "type.googleapis.com/"
PROXIES = infra.Defaults("portway:1", "portway-xds.portway.svc:18000", CONTROLLER)
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def names() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/in.yaml"))


def events(name: str) -> list[api.Event]:
    """The objects of a case. A case whose manifests do not load is itself broken."""
    file = ROOT / name / "in.yaml"
    loaded = load_text(str(file), file.read_text())
    assert not loaded.problems, loaded.problems
    return [
        api.Event(kind=m.key.kind, namespace=m.key.namespace, name=m.key.name, object=m.resource)
        for m in loaded.manifests
    ]


def settled(schema: Schema, found: list[api.Event], name: str = "") -> Core:
    """A core with these objects, every Gateway placed, and everything acknowledged by Envoy."""
    own = PROXIES if "own-proxies" in name else None
    core = Core(schema, strict=True, system_authorities=SYSTEM_AUTHORITIES, proxies=own)
    core.apply(found)
    core.settle()
    place(core)
    core.settle()
    acknowledge(core)
    core.settle()
    return core


def place(core: Core) -> None:
    for number, (_, gateway) in enumerate(core.gateways.items(), start=1):
        addresses = gateway.wanted_addresses or (f"127.0.0.{number}",)
        core.inputs.placements.set(gateway.key, model.Placement(addresses))


def acknowledge(core: Core) -> None:
    for resource in core.resources():
        core.inputs.acknowledged.set((resource.type_url, resource.name), resource.version)


def model_of(core: Core) -> dict[str, Any]:
    hosts = (*core.hosts.items(), *core.route_hosts.items())
    return {
        "gateways": [value for _, value in core.gateways.items()],
        "attachments": [a for each in core.attachments.values() for _, a in each.items()],
        "hosts": [value.host for _, value in sorted(hosts, key=lambda item: item[0])],
        "places": _sorted(core.layer4.places),
        "pools": _sorted(core.layer4.pools),
        "clusters": [value for _, value in core.clusters.items()],
        "endpoints": [value for _, value in core.endpoints.items()],
    }


def _sorted(collections: Iterable[graph.Collection[model.L4Key, Any]]) -> list[Any]:
    found = (pair for each in collections for pair in each.items())
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def xds_of(core: Core, schema: Schema, listeners: bool) -> list[dict[str, Any]]:
    found = []
    for each in core.resources():
        type_name = each.type_url.removeprefix(PREFIX)
        if listeners or not type_name.endswith(".Listener"):
            found.append({"type": type_name, **schema.decode(type_name, each.body)})
    return found


def status_of(core: Core) -> dict[str, Any]:
    return {str(key): value for key, value in core.statuses().items()}


def texts(name: str, core: Core, schema: Schema) -> dict[str, str]:
    """The expected files, by name. Secrets are redacted as everywhere else.

    Listeners are the same wherever only routes differ, so only the cases about Gateways show
    them.
    """
    parts = {
        "model.yaml": _said(msgspec.to_builtins(model_of(core))),
        "xds.yaml": xds_of(core, schema, listeners=name.startswith("gateway-")),
        "status.yaml": status_of(core),
    }
    return {file: _yaml(redact(value)) for file, value in parts.items()}


def _said(value: Any) -> Any:
    """Without what is empty: a model value says a lot by leaving it out."""
    if isinstance(value, dict):
        pairs = ((key, _said(each)) for key, each in value.items())
        return {key: each for key, each in pairs if each not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        if len(value) == 3 and isinstance(value[0], str) and value[0] in api.KINDS:
            return str(model.ObjectKey(*value))
        return [_said(each) for each in value]
    return value


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
