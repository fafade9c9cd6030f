"""Endpoint readiness."""

import pytest

from portway.core import api


@pytest.mark.parametrize(("ready", "expected"), [(None, True), (True, True), (False, False)])
def test_only_an_explicit_false_is_not_ready(ready: bool | None, expected: bool) -> None:
    conditions = api.EndpointConditions(ready=ready)
    assert api.Endpoint(addresses=("127.0.0.1",), conditions=conditions).ready is expected
