"""The suite's endpoint picker, with two faults of its release mended in front of it.

    python -m tests.conformance.harness.mended PROGRAM ARGUMENT...

The picker of v1.6.0 answers the parts of a request's body before the headers, and without the parts
themselves. In full duplex, the only mode there is by the Endpoint Picker Protocol, no proxy can go
on from that; releases after it hold those answers back and give every part back as it came. Here
the picker runs as it is, on another port, and that is done to its answers on their way. Whom it
picks, and everything else it says, passes unchanged. Knows the order of ext_proc's messages. Must
not know endpoints, nor what is in a message beside parts of bodies.
"""

import asyncio
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import grpc
import trustme

from portway.adapters.envoy import binary, descriptors
from portway.core.schema import Schema

_NAME: Final = "envoy.service.ext_proc.v3."
_METHOD: Final = f"/{_NAME}ExternalProcessor/Process"
_PORT_FLAG: Final = "--grpc-port"
_INNER_PORT: Final = 19002


class Mended:
    """One stream: parts of bodies go out with the answers that let them pass, headers first."""

    def __init__(self, schema: Schema) -> None:
        self._request = schema.message_class(f"{_NAME}ProcessingRequest")
        self._response = schema.message_class(f"{_NAME}ProcessingResponse")
        self._parts: dict[str, deque[Any]] = {"request_body": deque(), "response_body": deque()}
        self._held: list[bytes] = []
        self._begun = False

    def asked(self, message: bytes) -> None:
        """Take note of what the picker is asked."""
        request = self._request.FromString(message)
        kind = request.WhichOneof("request")
        if kind in self._parts:
            self._parts[kind].append(getattr(request, kind))

    def answered(self, message: bytes) -> list[bytes]:
        """What the proxy is told after an answer of the picker."""
        response = self._response.FromString(message)
        kind = response.WhichOneof("response")
        if kind in self._parts:
            part = self._parts[kind].popleft()
            streamed = getattr(response, kind).response.body_mutation.streamed_response
            streamed.body, streamed.end_of_stream = part.body, part.end_of_stream
            message = response.SerializeToString()
            if kind == "request_body" and not self._begun:
                self._held.append(message)
                return []
        if kind != "request_headers":
            return [message]
        self._begun = True
        held, self._held = self._held, []
        return [message, *held]


async def main(program: Sequence[str]) -> int:
    """Run the picker until it ends. Returns its exit status."""
    schema = Schema(descriptors.load(binary.locate()))
    port, arguments = moved(program)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{_INNER_PORT}") as channel:
        inner = channel.stream_stream(_METHOD)

        async def process(requests: AsyncIterator[bytes], _: Any) -> AsyncIterator[bytes]:
            mended = Mended(schema)

            async def asked() -> AsyncIterator[bytes]:
                async for each in requests:
                    mended.asked(each)
                    yield each

            async for answer in inner(asked()):
                for each in mended.answered(answer):
                    yield each

        server = grpc.aio.server()
        handler = {"Process": grpc.stream_stream_rpc_method_handler(process)}
        generic = grpc.method_handlers_generic_handler(f"{_NAME}ExternalProcessor", handler)
        server.add_generic_rpc_handlers((generic,))
        server.add_secure_port(f"0.0.0.0:{port}", _self_signed())
        await server.start()
        picker = await asyncio.create_subprocess_exec(*arguments)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, picker.kill)
        status = await picker.wait()
        await server.stop(0)
        return status


def moved(program: Sequence[str]) -> tuple[int, list[str]]:
    """(the port the picker was told, its command with another port and no TLS)."""
    arguments = list(program)
    at = arguments.index(_PORT_FLAG) + 1
    port, arguments[at] = int(arguments[at]), str(_INNER_PORT)
    return port, [*arguments, "--secure-serving=false"]


def _self_signed() -> grpc.ServerCredentials:
    """A certificate nobody can verify, as the picker itself would have."""
    pair = trustme.CA().issue_cert("picker.invalid")
    chain = b"".join(each.bytes() for each in pair.cert_chain_pems)
    return grpc.ssl_server_credentials([(pair.private_key_pem.bytes(), chain)])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
