"""Every shape of no that an API server has."""

import pytest

from portway.adapters.kube.failure import failure_of

STATUS = b'{"kind":"Status","code":429,"reason":"TooManyRequests","message":"busy"}'
DETAILS = b'{"code":504,"reason":"Timeout","details":{"retryAfterSeconds":3}}'


@pytest.mark.parametrize(
    ("body", "http", "header", "status", "reason", "message", "wait"),
    [
        (STATUS, 0, "", 429, "TooManyRequests", "busy", None),
        (STATUS, 503, "7", 503, "TooManyRequests", "busy", 7.0),
        (DETAILS, 504, "", 504, "Timeout", "", 3.0),
        (b"upstream \xff", 502, "soon", 502, "", "upstream \N{REPLACEMENT CHARACTER}", None),
        (b"{}", 0, "", 500, "", "", None),
        (b"[]", 500, "", 500, "", "[]", None),
    ],
)
def test_what_is_read_out_of_it(
    body: bytes,
    http: int,
    header: str,
    status: int,
    reason: str,
    message: str,
    wait: float | None,
) -> None:
    failure = failure_of(body, http, header)
    assert (failure.status, failure.reason, failure.message) == (status, reason, message)
    assert failure.retry_after == wait


def test_its_text() -> None:
    assert str(failure_of(STATUS)) == "429 TooManyRequests: busy"
    assert str(failure_of(b"gone", 410)) == "410: gone"
