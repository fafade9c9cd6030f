"""What every test may use: Envoy's schema, and the switch that rewrites golden files."""

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, settings

from portway.adapters.envoy import binary, descriptors
from portway.core.schema import Schema

# How long an example takes is the machine's affair; a test that fails by the clock tells nothing.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("untimed")


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
