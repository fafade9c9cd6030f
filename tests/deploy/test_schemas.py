"""Kubernetes' own schemas know every field of what is rendered."""

from pathlib import Path

import kubernetes_validate
import pytest

from tests.deploy import charts, schemas


@pytest.mark.parametrize(
    "path",
    [charts.INSTALL, *(case / "expected.yaml" for case in charts.cases())],
    ids=lambda path: path.parent.name,
)
def test_every_field_is_known(path: Path) -> None:
    assert schemas.faults(schemas.in_file(path)) == []


def test_one_that_is_misspelt_or_of_another_type_is_seen() -> None:
    found = next(
        each for each in schemas.in_file(charts.INSTALL) if each["kind"] == "PodDisruptionBudget"
    )
    misspelt = {**found, "spec": {**found["spec"], "maxUnavailible": 1}}
    typed = {**found, "spec": {**found["spec"], "selector": "portway"}}
    said = schemas.faults([found, misspelt, typed])
    assert len(said) == 2
    assert "'maxUnavailible' was unexpected" in said[0]
    assert "spec.selector" in said[1]


def test_only_the_monitors_are_somebody_elses() -> None:
    """A kind without a schema is an error, not nothing."""
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        schemas.faults([{"apiVersion": "apps/v1", "kind": "Deploiment", "metadata": {}}])
