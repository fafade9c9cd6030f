"""What every test may use: Envoy's schema, and the switch that rewrites golden files."""

from functools import lru_cache

import pytest

from portway.adapters.envoy import binary, descriptors
from portway.core.schema import Schema


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the expected files of the golden cases instead of comparing with them",
    )


@lru_cache(maxsize=1)
def _schema() -> Schema:
    return Schema(descriptors.load(binary.locate()))


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema of the Envoy that is installed."""
    return _schema()
