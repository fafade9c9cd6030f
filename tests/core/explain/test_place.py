"""An endpoint as people write it."""

import pytest

from portway.core.explain.place import place_text
from portway.core.model import Endpoint


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (Endpoint("10.0.0.1", 80), "10.0.0.1:80"),
        (Endpoint("::1", 80), "[::1]:80"),
        (Endpoint("unix:/run/a", 0), "unix:/run/a"),
    ],
)
def test_each_kind(endpoint: Endpoint, text: str) -> None:
    assert place_text(endpoint) == text
