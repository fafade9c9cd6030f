"""The schema of the installed Envoy, and folders short enough for unix sockets."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portway.adapters.envoy import binary, descriptors
from portway.adapters.envoy.binary import Binary
from portway.core.schema import Schema


@pytest.fixture(scope="session")
def envoy() -> Binary:
    return binary.locate()


@pytest.fixture(scope="session")
def schema(envoy: Binary) -> Schema:
    return Schema(descriptors.scan(envoy.path))


@pytest.fixture
def run_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portway-t-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
