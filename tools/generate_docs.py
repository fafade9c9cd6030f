"""Writes the pages that are made of the code's own tables, or checks that they are current.

    docs/support.md   what is supported, kind by kind and feature by feature
    docs/codes.md     the codes of `portway check`

Nothing is said here that the code does not say: tables are read, and what is refused is tried on a
sample and quoted from its status. `--check` writes nothing; it prints a diff and exits with 1 when
a page is not current.
"""

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias, cast, get_args, get_type_hints

import yaml

from portway.adapters.envoy import binary, descriptors
from portway.core import api, filters
from portway.core.analyze import markdown
from portway.core.schema import Schema
from portway.core.status.features import SUPPORTED_FEATURES
from portway.core.translate.allowed import SUPPORTED
from portway.core.translate.backend import (
    OVER_TLS,
    PROTOCOLS,
    backend_kinds,
    external_kinds,
    pool_kinds,
)
from portway.core.translate.listener import SERVED
from portway.core.wiring import Core

Row: TypeAlias = tuple[str, ...]

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
REPORTS = ROOT / "conformance" / "reports"

# Objects that use what is not served, so that the page can quote what their statuses say.
SAMPLE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: portway}
spec: {controllerName: portway.dev/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: portway
  defaultScope: All
  allowedListeners: {namespaces: {from: All}}
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more}
spec: {parentRef: {name: web}, listeners: [{name: extra, protocol: HTTP, port: 81}]}
---
apiVersion: v1
kind: Service
metadata: {name: app, annotations: {portway.dev/endpoints: "127.0.0.1:3000"}}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: web}]
  useDefaultGateways: All
  rules:
  - {backendRefs: [{name: app, port: 80}]}
"""

PAGES: dict[str, Callable[[], str]] = {
    "docs/codes.md": markdown,
    "docs/support.md": lambda: support(_sample()),
}


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the pages below `root`, or check them; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    check = parser.parse_args(arguments).check
    stale = [name for name, page in PAGES.items() if not _bring(root / name, page(), check)]
    for name in stale if check else ():
        print(f"{name} is not current: run `make docs` and read the diff", file=sys.stderr)
    return int(check and bool(stale))


def _bring(file: Path, wanted: str, check: bool) -> bool:
    """Write the page unless only checking; False when it was not current."""
    there = file.read_text() if file.exists() else ""
    if there == wanted:
        return True
    if check:
        old, new = (text.splitlines(keepends=True) for text in (there, wanted))
        sys.stdout.writelines(difflib.unified_diff(old, new, file.name, "as it must be"))
    else:
        file.write_text(wanted)
        print(f"wrote {file}")
    return False


# -- docs/support.md ---------------------------------------------------------------------------


def _sample() -> Core:
    """The sample, settled; no proxy is there, so nothing of it counts as programmed."""
    core = Core(Schema(descriptors.load(binary.locate())), strict=True)
    core.apply(api.Event(each.kind, each.namespace, each.name, each) for each in _objects())
    core.settle()
    return core


def _objects() -> tuple[api.Resource, ...]:
    """The sample as an API server would hold it."""
    found = []
    for document in yaml.safe_load_all(SAMPLE):
        if api.KINDS[document["kind"]].namespaced:
            document["metadata"]["namespace"] = api.DEFAULT_NAMESPACE
        found.append(api.decode(document))
    return tuple(found)


def support(core: Core) -> str:
    """The page; `core` is the settled sample."""
    golden = Golden(GOLDEN)
    parts = (
        "# What is supported",
        "Generated from the code's own tables by `make docs`; `make check` fails when this page "
        "is not current. A case is a folder of `tests/golden`: manifests, what they mean, what "
        "Envoy is told and what the status says.",
        *_section("Kinds", ("Kind", "Group", "Versions", "", "Cases"), _kinds(core, golden)),
        *_section("Listeners", ("Protocol", "Routes", "Cases"), _protocols(golden)),
        *_section("Matches", ("What is compared", "How", "Cases"), _matches(golden)),
        *_section("Filters", ("Filter", "", "Cases"), _filters(golden)),
        *_section("Backends", ("Kind", "Group", "Cases"), _backends(golden)),
        *_section("Protocols to backends", ("appProtocol", "Spoken", "Cases"), _spoken(golden)),
        *_section(
            "Conformance",
            ("Suite", "Profile", "Core: passed, failed, skipped", "Extended"),
            _reports(),
        ),
        "How to run the suites: [conformance](guide/conformance.md).",
        "## Features",
        "The names that every GatewayClass of ours lists in `status.supportedFeatures`.",
        *_features(),
    )
    return "\n\n".join(parts) + "\n"


class Golden:
    """Which golden cases show a value."""

    def __init__(self, folder: Path) -> None:
        self._values = {
            file.parent.name: set(_pairs(list(yaml.safe_load_all(file.read_text()))))
            for file in sorted(folder.glob("*/in.yaml"))
        }

    def cases(self, *wanted: tuple[str, str]) -> str:
        """Links to at most three cases that have any of these (field, value) pairs.

        The cases that are about it, by their names; else any, unless nearly all have it.
        """
        found = [name for name, pairs in self._values.items() if pairs & set(wanted)]
        words = [re.sub(r"[^a-z]", "", value.lower()) for _, value in wanted]
        words = [each for each in words if len(each) > 4]  # HTTP is part of many other words
        about = [name for name in found if any(each in name.replace("-", "") for each in words)]
        if about or len(found) > len(self._values) // 2:
            found = about
        return ", ".join(f"[{name}](../tests/golden/{name})" for name in found[:3])


def _pairs(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with the name of its field; `a.b` for `b` directly inside `a`."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _pairs(each, name)
            if isinstance(each, str):
                yield f"{field}.{name}", each
    elif isinstance(value, list):
        for each in value:
            yield from _pairs(each, field)
    elif isinstance(value, str):
        yield field, value


def _kinds(core: Core, golden: Golden) -> Iterator[Row]:
    for kind, info in api.KINDS.items():
        state = "served, has a status" if kind in core.status_collections else "read"
        cases = golden.cases(("kind", kind))
        yield kind, info.group or "core", ", ".join(info.versions), state, cases


def _protocols(golden: Golden) -> Iterator[Row]:
    for protocol in SERVED:
        kinds = ", ".join(_kind(protocol, each.kind) for each in SUPPORTED[protocol])
        yield protocol, kinds, golden.cases(("listeners.protocol", protocol))


def _kind(protocol: str, kind: str) -> str:
    """A kind of route, with the one condition there is on where it may stand."""
    return f"{kind} (mode Terminate)" if (protocol, kind) == ("TLS", "TCPRoute") else kind


def _matches(golden: Golden) -> Iterator[Row]:
    compared = (
        ("path", api.HTTPPathMatch),
        ("headers", api.HTTPHeaderMatch),
        ("queryParams", api.HTTPQueryParamMatch),
    )
    for field, match in compared:
        default = match.__struct_defaults__[0]
        for way in get_args(get_type_hints(match)["type"]):
            shown = f"{way} (the default)" if way == default else way
            yield field, shown, golden.cases((f"{field}.type", way))
    yield "method", ", ".join(get_args(api.HTTPMethod)), golden.cases(("matches.method", "POST"))
    # Written as everybody does who routes by the model; the case of a header's name says nothing.
    named = "X-Gateway-Model-Name"
    yield named, "the model that the body names", golden.cases(("headers.name", named))


def _filters(golden: Golden) -> Iterator[Row]:
    """In the order in which the proxy carries them out."""
    for kind in filters.ORDER:
        served = "TokenLimit (portway.dev)" if kind.type == "ExtensionRef" else "served"
        yield kind.type, served, golden.cases(("filters.type", kind.type))


def _backends(golden: Golden) -> Iterator[Row]:
    nobody = cast(Any, SimpleNamespace(service=None, backend=None, pool=None, external=None))
    for each in (*backend_kinds(nobody), *external_kinds(nobody), *pool_kinds(nobody)):
        pairs = [("backendRefs.kind", each.kind)]
        if each.kind == "Service":  # the default of a reference
            pairs.append(("kind", each.kind))
        yield each.kind, each.group or "core", golden.cases(*pairs)


def _spoken(golden: Golden) -> Iterator[Row]:
    # TLSRoute, TCPRoute and UDPRoute hand on bytes, whatever the backend speaks.
    words = {"http": "HTTP/1.1", "h2c": "HTTP/2", "ws": "HTTP/1.1 with WebSocket"}
    for name, protocol in PROTOCOLS.items():
        cases = golden.cases(("ports.appProtocol", name), ("spec.appProtocol", name))
        over = "over TLS: needs" if name in OVER_TLS else "in plain text, over TLS with"
        yield name or "(none)", f"{words[protocol.value]}, {over} a BackendTLSPolicy", cases


def _reports() -> Iterator[Row]:
    """What the upstream suites' own reports say."""
    for file in sorted(REPORTS.rglob("*.yaml")):
        report = yaml.load(file.read_text(), yaml.CSafeLoader)
        inference = report.get("GatewayAPIInferenceExtensionVersion")
        version = report["gatewayAPIVersion"]
        suite = f"Inference Extension {inference}" if inference else f"Gateway API {version}"
        suite = f"[{suite}](../{file.relative_to(ROOT)})"
        for profile in sorted(report["profiles"], key=lambda each: str(each["name"])):
            yield suite, profile["name"], *(_counted(profile.get(e)) for e in ("core", "extended"))


def _counted(part: Any) -> str:
    counted = (part or {}).get("statistics")
    names = ("Passed", "Failed", "Skipped")
    return ", ".join(str(counted[each]) for each in names) if counted else ""


def _features() -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for name in SUPPORTED_FEATURES:
        kind = max((each for each in api.KINDS if name.startswith(each)), key=len, default="Others")
        groups.setdefault(kind, []).append(f"- {name}")
    for title, names in groups.items():
        yield f"### {title}"
        yield "\n".join(names)


def _section(title: str, headings: Row, rows: Iterable[Row]) -> tuple[str, str]:
    lines = (headings, tuple("---" for _ in headings), *rows)
    table = "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)
    return f"## {title}", table


if __name__ == "__main__":
    sys.exit(main())
