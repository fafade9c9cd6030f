"""The gRPC server of a picker: its two services and what they listen on.

Knows grpcio. Must not know what is said in a conversation. An error in one conversation ends that
one; the gateway's failure mode says what becomes of its request.
"""

from collections.abc import Callable
from typing import Any, Final

import grpc
import grpc.aio

from portway.adapters.extproc.conversation import Conversation
from portway.adapters.extproc.desk import Desk
from portway.adapters.extproc.health import Health
from portway.adapters.extproc.messages import Messages

SERVICE: Final = "envoy.service.ext_proc.v3.ExternalProcessor"
_MOST_BYTES: Final = 64 * 1024 * 1024  # of one message: a body that was buffered whole
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MOST_BYTES),
    ("grpc.max_send_message_length", _MOST_BYTES),
    ("grpc.so_reuseport", 0),  # two pickers on one address are a mistake
    ("grpc.http2.max_concurrent_streams", 1_000_000),
    ("grpc.http2.lookahead_bytes", 1024 * 1024),
    ("grpc.optimization_target", "throughput"),
)


class PickerAddressError(Exception):
    """The server cannot listen. The message names the address."""


class PickerServer:
    """Serves one pool on one address, from `start` to `stop`."""

    def __init__(
        self,
        address: str,
        desk: Desk,
        messages: Messages,
        health: Health,
        certificate: Callable[[], tuple[bytes, bytes]] | None = None,
    ) -> None:
        """``address``: HOST:PORT, port 0 for any, or `unix:PATH`. ``certificate`` gives chain
        and key (PEM) as they are now; without it it is plain text."""
        self._desk = desk
        self._messages = messages
        self._health = health
        self._address = address
        self._certificate = certificate
        self._server: Any = None
        self.port = 0
        """The port in use once it was started."""

    async def start(self) -> None:
        """Begin to serve. Raises PickerAddressError."""
        self._server = grpc.aio.server(options=_OPTIONS)
        process = grpc.stream_stream_rpc_method_handler(
            self._process, request_deserializer=self._messages.read
        )
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(SERVICE, {"Process": process}),
                self._health.handler(),
            )
        )
        try:
            self.port = self._listen()
        except RuntimeError as error:
            raise PickerAddressError(f"{self._address}: cannot listen there: {error}") from None
        await self._server.start()

    def _listen(self) -> int:
        if self._certificate is None:
            return int(self._server.add_insecure_port(self._address))
        current = self._certificate

        def fresh() -> Any:
            chain, key = current()
            return grpc.ssl_server_certificate_configuration([(key, chain)])

        tls = grpc.dynamic_ssl_server_credentials(fresh(), fresh)
        return int(self._server.add_secure_port(self._address, tls))

    async def stop(self, grace: float) -> None:
        """Take no more, and let what is under way go on for so many seconds."""
        if self._server is not None:
            await self._server.stop(grace)

    async def _process(self, _: Any, context: Any) -> None:
        conversation = Conversation(self._desk, self._messages)
        read: Callable[[], Any] = context.read
        write = context.write
        try:
            while (message := await read()) is not grpc.aio.EOF:
                for reply in await conversation.take(message):
                    await write(reply)
                if conversation.over:
                    return
        finally:
            conversation.close()
