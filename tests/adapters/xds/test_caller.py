"""Who is at the other end, from what Python's ssl module says of it."""

import asyncio
from typing import Any

from portway.adapters.xds.caller import Caller, caller


class Transport(asyncio.BaseTransport):
    def __init__(self, certificate: Any) -> None:
        super().__init__({"peercert": certificate})


def test_without_a_certificate_there_is_no_name() -> None:
    for certificate in (None, dict[str, Any]()):
        assert caller(Transport(certificate), {"a": "b"}) == Caller({"a": "b"})


def test_only_uris_are_names() -> None:
    certificate = {
        "subject": ((("commonName", "spiffe://x"),),),
        "subjectAltName": (("DNS", "spiffe://y"), ("URI", "spiffe://z"), ("URI", "spiffe://w")),
        "notAfter": "Jan  1 00:00:10 1970 GMT",
    }
    assert caller(Transport(certificate), {}) == Caller({}, ("spiffe://z", "spiffe://w"), 10)
