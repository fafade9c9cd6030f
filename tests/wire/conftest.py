"""Fixtures of the wire tests.

Must not start anything by itself: a test says what runs while it runs.
"""

import pytest

from tests.wire.harness.certificates import Authority


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority for the whole session: making keys is slow."""
    return Authority()
