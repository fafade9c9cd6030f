"""An endpoint picker: a real gRPC server that speaks the Endpoint Picker Protocol full duplex.

Knows Envoy's ext_proc messages, out of the schema in the Envoy executable. Answers with what the
test wants, and remembers what it saw. Must not import anything that decides what is under test.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import json_format

from portway.core.schema import Schema

_SERVICE = "envoy.service.ext_proc.v3."
DESTINATION = "x-gateway-destination-endpoint"


@dataclass
class Seen:
    """One request as the picker saw it."""

    headers: dict[str, str]
    body: bytes = b""
    served: str = ""
    answer: bytes = b""


@dataclass
class Picker:
    """`picks` is what is answered: endpoints with commas. `refuses` is a status instead."""

    schema: Schema
    picks: str = ""
    refuses: int = 0
    credentials: tuple[bytes, bytes] | None = None
    seen: list[Seen] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> Picker:
        self._server = grpc.aio.server()
        handler = grpc.stream_stream_rpc_method_handler(
            self._process, request_deserializer=self._parse, response_serializer=self._write
        )
        name = f"{_SERVICE}ExternalProcessor"
        generic = grpc.method_handlers_generic_handler(name, {"Process": handler})
        self._server.add_generic_rpc_handlers((generic,))
        if self.credentials is None:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            tls = grpc.ssl_server_credentials([self.credentials])
            self.port = self._server.add_secure_port("127.0.0.1:0", tls)
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(0)

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _parse(self, data: bytes) -> dict[str, Any]:
        message = self.schema.message_class(f"{_SERVICE}ProcessingRequest")()
        message.ParseFromString(data)
        found: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
        return found

    def _write(self, value: dict[str, Any]) -> bytes:
        return self.schema.encode(f"{_SERVICE}ProcessingResponse", value)

    async def _process(
        self, requests: AsyncIterator[dict[str, Any]], _context: Any
    ) -> AsyncIterator[dict[str, Any]]:
        seen = Seen({})
        self.seen.append(seen)
        chunks: list[str] = []
        async for each in requests:
            if "request_headers" in each:
                seen.headers = _headers(each["request_headers"])
                if each["request_headers"].get("end_of_stream"):
                    yield self._picked()
            elif "request_body" in each:
                chunk = each["request_body"].get("body", "")
                chunks.append(chunk)
                seen.body += base64.b64decode(chunk)
                if each["request_body"].get("end_of_stream"):
                    yield self._picked()
                    if self.refuses:
                        return
                    for number, one in enumerate(chunks, start=1):
                        yield _streamed("request_body", one, number == len(chunks))
            elif "response_headers" in each:
                metadata = each.get("metadata_context", {}).get("filter_metadata", {})
                seen.served = metadata.get("envoy.lb", {}).get(f"{DESTINATION}-served", "")
                yield {"response_headers": {}}
            elif "response_body" in each:
                body = each["response_body"]
                seen.answer += base64.b64decode(body.get("body", ""))
                last = body.get("end_of_stream", False)
                yield _streamed("response_body", body.get("body", ""), last)
            elif "request_trailers" in each:
                yield {"request_trailers": {}}
            elif "response_trailers" in each:
                yield {"response_trailers": {}}

    def _picked(self) -> dict[str, Any]:
        if self.refuses:
            return {"immediate_response": {"status": {"code": self.refuses}}}
        raw = base64.b64encode(self.picks.encode()).decode()
        mutation = {"set_headers": [{"header": {"key": DESTINATION, "raw_value": raw}}]}
        return {
            "request_headers": {"response": {"header_mutation": mutation}},
            "dynamic_metadata": {"envoy.lb": {DESTINATION: self.picks}},
        }


def _headers(value: dict[str, Any]) -> dict[str, str]:
    return {
        each["key"]: base64.b64decode(each.get("raw_value", "")).decode()
        for each in value["headers"].get("headers", [])
    }


def _streamed(phase: str, chunk: str, last: bool) -> dict[str, Any]:
    streamed = {"streamed_response": {"body": chunk, "end_of_stream": last}}
    return {phase: {"response": {"body_mutation": streamed}}}
