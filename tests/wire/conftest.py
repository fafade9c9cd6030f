"""Fixtures of the wire tests, and the way to their harness.

Knows where the repository begins. Must not start anything by itself. Test folders are no packages,
so the harness is found as a namespace package from the repository's root.
"""

import sys
from pathlib import Path

import pytest

_ROOT = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from tests.wire.harness.certificates import Authority  # noqa: E402


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority for the whole session: making keys is slow."""
    return Authority()
