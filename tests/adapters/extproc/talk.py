"""The gateway's side of a conversation, and a desk that answers what a test wants.

Knows the protocol's messages in JSON form. Must not import what is under test, but for the shapes
of a desk's answers.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from portway.adapters.extproc.desk import Picked, Refused, Request
from portway.core.schema import Schema

PACKAGE = "envoy.service.ext_proc.v3."
DUPLEX = {
    "request_body_mode": "FULL_DUPLEX_STREAMED",
    "response_body_mode": "FULL_DUPLEX_STREAMED",
}


class Held(msgspec.Struct):
    """What was told of a request."""

    served_by: list[str] = []
    status: list[int] = []

    def served(self, address: str) -> None:
        self.served_by.append(address)

    def done(self, status: int) -> None:
        self.status.append(status)


class Desk(msgspec.Struct):
    """Answers the same to everybody, and keeps what it was asked."""

    answer: Picked | Refused | None = None
    prefix_bytes: int = 1_000
    whole: bool = False
    held: Held = msgspec.field(default_factory=Held)
    asked: list[Request] = []

    def whole_bodies(self, headers: Mapping[str, str]) -> bool:
        return self.whole

    async def decide(self, request: Request) -> Picked | Refused:
        self.asked.append(request)
        return self.answer or Picked("10.0.0.1:80,10.0.0.2:80", self.held)


class Talk:
    """Messages both ways in JSON form."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def request(self, **fields: Any) -> bytes:
        return self._schema.encode(f"{PACKAGE}ProcessingRequest", fields)

    def headers(self, *, end: bool = False, config: Any = None, **headers: str) -> bytes:
        listed = [
            {"key": name.replace("_", "-"), "raw_value": value.encode()}
            for name, value in {"_method": "POST", **headers}.items()
        ]
        return self.request(
            request_headers={"headers": {"headers": listed}, "end_of_stream": end},
            protocol_config=config,
        )

    def body(self, body: bytes, *, end: bool = False) -> bytes:
        return self.request(request_body={"body": body, "end_of_stream": end})

    def answer(self, status: str = "200", served: str = "", *, end: bool = False) -> bytes:
        told = {"envoy.lb": {"x-gateway-destination-endpoint-served": served}} if served else {}
        listed = [{"key": ":status", "raw_value": status.encode()}]
        return self.request(
            response_headers={"headers": {"headers": listed}, "end_of_stream": end},
            metadata_context={"filter_metadata": told},
        )

    def answer_body(self, body: bytes, *, end: bool = False) -> bytes:
        return self.request(response_body={"body": body, "end_of_stream": end})

    def read(self, reply: bytes) -> dict[str, Any]:
        return self._schema.decode(f"{PACKAGE}ProcessingResponse", reply)
