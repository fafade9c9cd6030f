"""What is made in a cluster: a folder each, with what goes in and all that is made.

in.yaml         a Gateway, its class and its parameters; or pools, some of which ask for a picker
expected.yaml   the objects, in the order in which they are made
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from portway.adapters.folder.load import load_text
from portway.app import pool_pickers
from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.deploy import schemas
from tests.golden.case import PROXIES

ROOT = Path(__file__).with_name("infrastructure")
CASES = sorted(each.parent.name for each in ROOT.glob("*/in.yaml"))


def made(name: str, schema: Schema) -> list[dict[str, Any]]:
    """The documents of the only Gateway of a case, or of its pools."""
    file = ROOT / name / "in.yaml"
    loaded = load_text(str(file), file.read_text())
    assert not loaded.problems, loaded.problems
    core = Core(schema, strict=True, proxies=replace(PROXIES, picker_role="portway-picker"))
    core.apply(
        pool_pickers.told(
            api.Event(
                kind=m.key.kind, namespace=m.key.namespace, name=m.key.name, object=m.resource
            )
            for m in loaded.manifests
        )
    )
    core.settle()
    for _, gateway in core.gateways.items():
        core.inputs.placements.set(gateway.key, model.Placement(("0.0.0.0",), 10_000, public=()))
    core.settle()
    assert core.infrastructure is not None
    lists = [*core.infrastructure.documents.items(), *core.infrastructure.pickers.items()]
    return [each for _, documents in lists for each in msgspec.json.decode(documents)]


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, schema: Schema, pytestconfig: pytest.Config) -> None:
    text = yaml.safe_dump_all(made(name, schema), sort_keys=False, width=100)
    file = ROOT / name / "expected.yaml"
    if pytestconfig.getoption("--update-golden"):
        file.write_text(text)
    there = file.read_text() if file.exists() else ""
    assert text == there, f"{name}/expected.yaml differs; see `make golden`"


@pytest.mark.parametrize("name", CASES)
def test_kubernetes_knows_every_field(name: str, schema: Schema) -> None:
    documents = made(name, schema)
    assert documents
    assert schemas.faults(documents) == []
