"""The CRDs of our own kinds: current, and such that a cluster takes them."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from portway.core import api

ROOT = Path(__file__).parents[2]
# What an API server knows in a schema (JSONSchemaProps); anything else is an error or is lost.
KNOWN = {
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script as a module; `tools` is no package."""
    spec = importlib.util.spec_from_file_location("crds_tool", ROOT / "tools/generate_crds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def definitions(tool: ModuleType) -> list[Any]:
    return [yaml.safe_load(text) for _, text in tool.files()]


def test_there_is_one_for_every_kind_of_ours(definitions: list[Any]) -> None:
    ours = {kind for kind, info in api.KINDS.items() if info.group == api.PORTWAY_GROUP}
    assert {each["spec"]["names"]["kind"] for each in definitions} == ours


def test_what_is_not_current_is_seen_and_written(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main(["--check"], tmp_path) == 1
    assert tool.main([], tmp_path) == 0
    assert tool.main(["--check"], tmp_path) == 0
    left = tmp_path / tool.FOLDER / "portway.dev_gone.yaml"
    left.touch()
    assert tool.main(["--check"], tmp_path) == 1
    assert "portway.dev_gone.yaml is not current" in capsys.readouterr().out
    assert tool.main([], tmp_path) == 0
    assert not left.exists()


def test_they_are_current(tool: ModuleType) -> None:
    assert tool.main(["--check"]) == 0


def test_they_are_no_templates(tool: ModuleType) -> None:
    """They are in a chart as they are."""
    assert all("{{" not in text for _, text in tool.files())


def test_a_cluster_knows_everything_that_is_in_their_schemas(definitions: list[Any]) -> None:
    for each in definitions:
        for version in each["spec"]["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            assert set(words(schema)) <= KNOWN
            assert schema["properties"]["metadata"] == {"type": "object"}
        assert [version["storage"] for version in each["spec"]["versions"]].count(True) == 1


def words(schema: Any) -> Iterator[str]:
    yield from schema
    for each in schema.get("properties", {}).values():
        yield from words(each)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from words(schema[name])
