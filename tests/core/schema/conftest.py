"""The schema of the installed Envoy, read once per session."""

from __future__ import annotations

import pytest

from portway.adapters.envoy import binary, descriptors
from portway.core.schema import Schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema(descriptors.scan(binary.locate().path))
