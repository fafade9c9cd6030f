"""Timeouts and retries."""

from typing import Any

import pytest

from portway.core.model import Forward, Match, Retry, Rule, Timeouts
from portway.core.render.forwarding import forwarding, replay


def told(timeouts: Timeouts, retry: Retry | None = None) -> dict[str, Any]:
    return forwarding(Rule(0, (Match(),), Forward(), timeouts=timeouts, retry=retry))


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (Timeouts(), {"timeout": "0s"}),
        (Timeouts(0.5), {"timeout": "0.5s"}),
        (Timeouts(None, 2.0), {"timeout": "2s"}),
        (Timeouts(10.0, 2.0), {"timeout": "2s"}),
        (Timeouts(0.0, 2.0), {"timeout": "2s"}),
        (Timeouts(2.0, 0.0), {"timeout": "2s"}),
        # Disabled means that silence does not end it either.
        (Timeouts(0.0), {"timeout": "0s", "idle_timeout": "0s"}),
        (Timeouts(None, 0.0), {"timeout": "0s", "idle_timeout": "0s"}),
        # Allowed to take longer than silence usually may.
        (Timeouts(7200.0), {"timeout": "7200s", "idle_timeout": "7200s"}),
    ],
)
def test_timeouts(timeouts: Timeouts, expected: dict[str, str]) -> None:
    assert told(timeouts) == expected


def test_with_retries_the_backend_timeout_is_per_try() -> None:
    found = told(Timeouts(0.4, 0.2), Retry((500,), 3))
    assert found["timeout"] == "0.4s"
    assert found["retry_policy"]["per_try_timeout"] == "0.2s"


def test_retries_are_after_the_first_try() -> None:
    policy = told(Timeouts(), Retry((500, 503), 2, 0.1))["retry_policy"]
    assert policy["num_retries"] == 2
    assert policy["retriable_status_codes"] == [500, 503]
    assert policy["retry_back_off"] == {"base_interval": "0.1s", "max_interval": "1s"}
    assert "per_try_timeout" not in policy
    conditions = policy["retry_on"].split(",")
    assert {"reset", "connect-failure", "retriable-status-codes"} <= set(conditions)


def test_connection_errors_are_retried_without_codes() -> None:
    policy = told(Timeouts(), Retry())["retry_policy"]
    assert "retriable-status-codes" not in policy["retry_on"]
    assert "reset" in policy["retry_on"].split(",")
    assert "retry_back_off" not in policy


def test_what_reached_no_model_server_goes_to_another() -> None:
    """Whatever the request is: nobody has it. Not so elsewhere, and a rule's own retries stay."""
    rule = Rule(0, (Match(),), Forward())
    policy = forwarding(rule, models=True)["retry_policy"]
    assert policy["retry_on"] == "connect-failure,refused-stream,reset-before-request"
    assert (policy["num_retries"], policy["host_selection_retry_max_attempts"]) == (2, 64)
    assert replay(rule, models=True) == {"request_body_buffer_limit": 1024 * 1024}
    assert "retry_policy" not in forwarding(rule)
    assert replay(rule) == {}
    own = Rule(0, (Match(),), Forward(), retry=Retry((500,), 7))
    told_ = forwarding(own, models=True)["retry_policy"]
    assert (told_["num_retries"], told_["retriable_status_codes"]) == (7, [500])
