"""Writes the CustomResourceDefinitions of Portway's own kinds, or checks that they are current.

They are made of the types that read the objects, as the schemas of the embedded API are, so that a
cluster accepts what Portway understands. What a type does not say (patterns, exactly one of several
fields) is checked when an object is read. `--check` writes nothing and exits with 1 when a file is
not current.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from portway.adapters.apiserver.kinds.builtin import builtin_kinds
from portway.adapters.apiserver.kinds.kind import Kind
from portway.core import api

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("deploy/charts/portway-crds/templates")
HEAD = "# Made by tools/generate_crds.py (`make docs`); see there.\n"
# Of the embedded API's own kinds; no CRD may have them.
_FOREIGN = ("x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy")


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args(arguments).check
    wanted = {root / FOLDER / name: text for name, text in files()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    left = set((root / FOLDER).glob("*.yaml")) - wanted.keys()
    if check:
        for path in sorted({*stale, *left}):
            print(f"{path.relative_to(root)} is not current; run `make docs`")
        return bool(stale or left)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    for path in left:
        path.unlink()
    return 0


def files() -> Iterator[tuple[str, str]]:
    """Names and contents."""
    for kind in builtin_kinds():
        if kind.group == api.PORTWAY_GROUP:
            text = yaml.dump(definition(kind), Dumper=_Plain, sort_keys=False, width=100)
            yield f"{kind.group}_{kind.plural}.yaml", HEAD + text


def definition(kind: Kind) -> dict[str, Any]:
    """The CustomResourceDefinition of a kind."""
    names = {
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        "plural": kind.plural,
        "singular": kind.singular,
        **({"shortNames": list(kind.short_names)} if kind.short_names else {}),
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{kind.group}",
            # All objects of a kind go with its definition: that is for a person to decide.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [_version(kind, each, i == 0) for i, each in enumerate(kind.versions)],
        },
    }


def _version(kind: Kind, version: str, stored: bool) -> dict[str, Any]:
    schema = _clean(kind.schemas[version])
    schema["properties"]["metadata"] = {"type": "object"}
    columns = [
        {"name": each.name, "type": each.type, "jsonPath": each.path}
        for each in kind.columns.get(version, ())
    ]
    return {
        "name": version,
        "served": True,
        "storage": stored,
        **({"subresources": {"status": {}}} if kind.has_status else {}),
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": schema},
    }


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items() if name not in _FOREIGN}
    return [_clean(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
