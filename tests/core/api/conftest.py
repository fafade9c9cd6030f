"""The sample documents, for every test of the resources."""

from pathlib import Path
from typing import Any

import pytest
import yaml

_SAMPLES: dict[str, dict[str, Any]] = {
    document["kind"]: document
    for document in yaml.safe_load_all(Path(__file__).with_name("samples.yaml").read_text())
}


@pytest.fixture
def samples() -> dict[str, dict[str, Any]]:
    """One valid document of every kind; not to be changed."""
    return _SAMPLES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that takes ``sample`` once per kind."""
    if "sample" in metafunc.fixturenames:
        metafunc.parametrize("sample", list(_SAMPLES.values()), ids=list(_SAMPLES))
