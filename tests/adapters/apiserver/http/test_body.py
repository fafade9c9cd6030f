"""Bodies of requests."""

import pytest

from portway.adapters.apiserver.http.body import APPLY, JSON, MERGE, media_type, read
from tests.adapters.apiserver.support import refused


def test_json_and_yaml() -> None:
    assert read(b'{"a": 1}', JSON) == {"a": 1}
    assert read(b"a: 1\nb: 2026-01-01\n", APPLY) == {"a": 1, "b": "2026-01-01"}
    assert read(b'{"a": 1}', APPLY) == {"a": 1}
    assert read(b'{"a": null}', f"{MERGE}; charset=utf-8") == {"a": None}
    assert media_type("Application/JSON; charset=utf-8") == JSON


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", JSON, 400),
        (b"\xff", JSON, 400),
        (b"a: [", APPLY, 400),
        (b"a: &x [1]\nb: *x\n", APPLY, 400),
        (b"[" * 200 + b"]" * 200, JSON, 400),
        (b"[" * 200_000, JSON, 400),
        (b"k8s\x00\xff", JSON, 400),
        (b"{}", "text/plain", 415),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, content_type: str, code: int) -> None:
    assert refused(read, body, content_type).code == code
