"""Answers to gRPC's health checks (grpc.health.v1), by the names that pickers are asked by.

Knows the names and the messages, which Envoy's own schema has. Must not know what health is: two
functions say it. An address where nobody serves is told by the connection alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc

from portway.core.schema import Schema

LIVE: Final = ("", "liveness")
READY: Final = (
    "readiness",
    "envoy.service.ext_proc.v3.ExternalProcessor",
    "inference-extension",
)
_SERVING: Final = 1
_NOT_SERVING: Final = 2
_LOOK_SECONDS: Final = 0.5  # how often a watch looks


class HealthAddressError(Exception):
    """The address cannot be had. The message names it."""


class Health:
    """The health service of a picker."""

    def __init__(self, schema: Schema, ready: Callable[[], bool]) -> None:
        """``ready`` returns at once: whether there is a pool to pick from."""
        self._request: Any = schema.message_class("grpc.health.v1.HealthCheckRequest")
        self._response: Any = schema.message_class("grpc.health.v1.HealthCheckResponse")
        self._ready = ready

    def handler(self) -> Any:
        """To be added to a server."""
        read = self._request.FromString
        return grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health",
            {
                "Check": grpc.unary_unary_rpc_method_handler(
                    self._check, request_deserializer=read
                ),
                "Watch": grpc.unary_stream_rpc_method_handler(
                    self._watch, request_deserializer=read
                ),
            },
        )

    @asynccontextmanager
    async def serving(self, address: str) -> AsyncIterator[int]:
        """Serve nothing but this, in plain text, at HOST:PORT; the port. A cluster's probes do not
        speak TLS. Raises HealthAddressError."""
        server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        server.add_generic_rpc_handlers((self.handler(),))
        try:
            port = server.add_insecure_port(address)
        except RuntimeError as error:
            words = f"health address {address}: cannot listen there: {error}"
            raise HealthAddressError(words) from None
        await server.start()
        try:
            yield port
        finally:
            await server.stop(0)

    async def _check(self, request: Any, context: Any) -> bytes:
        status = self._status(request.service)
        if status is None:
            words = f"there is no {request.service!r}; ask for {', '.join((*LIVE[1:], *READY))}"
            await context.abort(grpc.StatusCode.NOT_FOUND, words)
        return self._said(status or _NOT_SERVING)

    async def _watch(self, request: Any, context: Any) -> AsyncIterator[bytes]:
        last = -1
        while True:
            status = self._status(request.service) or 3  # SERVICE_UNKNOWN
            if status != last:
                last = status
                yield self._said(status)
            await asyncio.sleep(_LOOK_SECONDS)

    def _status(self, service: str) -> int | None:
        if service in LIVE:
            return _SERVING
        if service in READY:
            return _SERVING if self._ready() else _NOT_SERVING
        return None

    def _said(self, status: int) -> bytes:
        return bytes(self._response(status=status).SerializeToString())
