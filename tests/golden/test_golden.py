"""Golden cases: what goes in, what it means, what Envoy is told and what the user reads."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from portway.adapters.envoy import binary, validator
from portway.core.graph import Source
from portway.core.schema import Schema
from tests.golden import case
from tests.sim import bootstrap


@pytest.mark.parametrize("name", case.names())
def test_golden(name: str, schema: Schema, pytestconfig: pytest.Config) -> None:
    found = case.texts(name, case.settled(schema, case.events(name), name), schema)
    folder = case.ROOT / name
    if pytestconfig.getoption("--update-golden"):
        for file, text in found.items():
            (folder / file).write_text(text)
    for file, text in found.items():
        assert text == _read(folder / file), f"{name}/{file} differs; see `make golden`"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("name", case.names())
def test_order_of_objects_never_matters(name: str, schema: Schema) -> None:
    there = case.events(name)
    back = list(reversed(there))
    first, second = (case.settled(schema, each, name) for each in (there, back))
    assert case.texts(name, first, schema) == case.texts(name, second, schema)


@pytest.mark.parametrize("name", case.names())
def test_nothing_dangles(name: str, schema: Schema) -> None:
    core = case.settled(schema, case.events(name), name)
    there = {(each.type_url, each.name) for each in core.resources()}
    for each in core.resources():
        assert set(each.needs) <= there, f"{each.name} needs what does not exist"


@pytest.mark.parametrize("name", case.names())
def test_nothing_breaks_a_rule_of_envoys_schema(name: str, schema: Schema) -> None:
    core = case.settled(schema, case.events(name), name)
    for each in core.resources():
        type_name = each.type_url.removeprefix(case.PREFIX)
        assert schema.violations(type_name, each.body) == ()


@pytest.mark.parametrize("name", case.names())
def test_deleting_everything_leaves_nothing(name: str, schema: Schema) -> None:
    core = case.settled(schema, case.events(name), name)
    inputs = core.inputs
    everything: list[Source[Any, Any]] = [inputs.placements, inputs.acknowledged]
    everything += inputs.sources.values()
    for source in everything:
        for key in [key for key, _ in source.items()]:
            source.remove(key)
    core.settle()
    assert core.resources() == []
    assert core.statuses() == {}
    assert core.graph.footprint() == 0


@pytest.mark.envoy
@pytest.mark.parametrize("name", case.names())
async def test_envoy_accepts_it(name: str, schema: Schema, tmp_path: Path) -> None:
    core = case.settled(schema, case.events(name), name)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for each in core.resources():
        type_name = each.type_url.removeprefix(case.PREFIX)
        by_type.setdefault(type_name, []).append(schema.decode(type_name, each.body))
    config = bootstrap.bootstrap(
        *(
            by_type.get(f"envoy.{kind}", [])
            for kind in (
                "config.listener.v3.Listener",
                "config.route.v3.RouteConfiguration",
                "config.cluster.v3.Cluster",
                "config.endpoint.v3.ClusterLoadAssignment",
                "extensions.transport_sockets.tls.v3.Secret",
            )
        )
    )
    assert await validator.validate(binary.locate(), config) is None


def test_every_case_is_small_enough_to_review() -> None:
    for name in case.names():
        lines = len((case.ROOT / name / "in.yaml").read_text().splitlines())
        assert lines <= 160, f"{name}/in.yaml has {lines} lines: make two cases of it"
        documents = list(yaml.safe_load_all((case.ROOT / name / "in.yaml").read_text()))
        assert documents
