"""One request's conversation between a gateway and a picker.

Knows the order of messages in each mode that a gateway may be set to, which the first message says:

- full duplex: the picker owns the body. It is held until it can be decided (its end, or as much of
  it as counts), then goes back as it came, piece by piece; the answer goes by the same way.
- buffered, and buffered in part: headers, then one body; nothing goes back.
- headers only, or a stream of pieces: decided by the headers.

Must not know how it is decided, nor gRPC. Gateways may send the end of a body twice (Envoy does
with large ones, envoy #46237), so what comes after an end is passed over.
"""

from typing import Any, Final

from portway.adapters.extproc.desk import Desk, Picked, Refused, Request
from portway.adapters.extproc.messages import (
    CHUNK_BYTES,
    Messages,
    headers_of,
    served_of,
    subset_of,
)

_NONE: Final = 0
_BUFFERED: Final = (2, 3)
_DUPLEX: Final = 4


class Conversation:
    """Takes messages in order, and says what to answer."""

    def __init__(self, desk: Desk, messages: Messages) -> None:
        self._desk = desk
        self._messages = messages
        self._headers: dict[str, str] = {}
        self._subset: frozenset[str] | None = None
        self._body_mode = _DUPLEX
        self._answer_mode = _DUPLEX
        self._pieces: list[bytes] = []
        self._size = 0
        self._picked: Picked | None = None
        self._request_ended = False
        self._answer_ended = False
        self._status = 0
        self.over = False
        """Whether it was refused: nothing more will be said."""

    async def take(self, message: Any) -> list[bytes]:
        """What to answer to a message, in order."""
        kind = message.WhichOneof("request")
        match kind:
            case "request_body":
                return await self._body(message.request_body)
            case "response_body":
                return self._answer_body(message.response_body)
            case "request_headers":
                return await self._opening(message)
            case "response_headers":
                return self._answer(message)
            case "request_trailers":
                return await self._trailers()
            case "response_trailers":
                self._answer_ended = True
                return [self._messages.seen(kind)]
            case _:
                return []

    def close(self) -> None:
        """The stream is over. A request whose answer was seen has gone well."""
        if self._picked is not None:
            self._picked.held.done(self._status)

    # -- the request -----------------------------------------------------------------------

    async def _opening(self, message: Any) -> list[bytes]:
        head = message.request_headers
        if message.HasField("protocol_config"):
            self._body_mode = message.protocol_config.request_body_mode
            self._answer_mode = message.protocol_config.response_body_mode
        self._headers = headers_of(head)
        self._subset = subset_of(message)
        self._request_ended = head.end_of_stream
        if self._request_ended or self._body_mode not in (*_BUFFERED, _DUPLEX):
            return await self._decide("request_headers")
        if self._body_mode in _BUFFERED:
            return [self._messages.seen("request_headers")]
        return []

    async def _body(self, body: Any) -> list[bytes]:
        if self._body_mode != _DUPLEX:
            return await self._whole_body(body)
        if self._request_ended:
            return []
        self._request_ended = body.end_of_stream
        if self._picked is not None:
            return [self._messages.piece("request_body", body.body, body.end_of_stream)]
        self._pieces.append(body.body)
        self._size += len(body.body)
        enough = self._size >= self._desk.prefix_bytes
        if self._request_ended or (enough and not self._desk.whole_bodies(self._headers)):
            return await self._decide("request_headers")
        return []

    async def _whole_body(self, body: Any) -> list[bytes]:
        if self._picked is not None:
            return [self._messages.seen("request_body")]
        self._pieces = [body.body]
        self._request_ended = body.end_of_stream
        return await self._decide("request_body")

    async def _trailers(self) -> list[bytes]:
        replies: list[bytes] = []
        if self._picked is None:
            phase = "request_headers" if self._body_mode == _DUPLEX else "request_trailers"
            self._request_ended = True
            replies = await self._decide(phase, trailers=True)
        return replies if self.over else [*replies, self._messages.seen("request_trailers")]

    async def _decide(self, phase: str, *, trailers: bool = False) -> list[bytes]:
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        request = Request(self._headers, body, self._request_ended, self._subset)
        found = await self._desk.decide(request)
        if isinstance(found, Refused):
            self.over = True
            return [self._messages.refused(found)]
        self._picked = found
        changed = found.body if found.body is not None and body else None
        head = self._messages.picked(
            phase,
            found.destination,
            tuple(found.headers.items()),
            tuple(found.scores.items()),
            -1 if changed is None else len(changed),
            found.why,
        )
        if phase == "request_body":
            return [head if changed is None else self._messages.with_body(head, changed)]
        pieces = self._pieces if changed is None else _split(changed)
        self._pieces = []
        ended = self._request_ended and not trailers
        last = len(pieces) - 1
        return [
            head,
            *(
                self._messages.piece("request_body", piece, ended and number == last)
                for number, piece in enumerate(pieces)
            ),
        ]

    # -- the answer ------------------------------------------------------------------------

    def _answer(self, message: Any) -> list[bytes]:
        head = message.response_headers
        self._answer_ended = head.end_of_stream
        status = next((e for e in head.headers.headers if e.key == ":status"), None)
        text = "" if status is None else status.raw_value.decode("ascii", "replace") or status.value
        self._status = int(text) if text.isdecimal() else 0
        picked = self._picked
        if picked is None:
            return [self._messages.seen("response_headers")]
        picked.held.served(served_of(message))
        return [self._messages.answer_headers(picked.answer_headers)]

    def _answer_body(self, body: Any) -> list[bytes]:
        if self._answer_mode != _DUPLEX:
            return [self._messages.seen("response_body")]
        if self._answer_ended:
            return []
        self._answer_ended = body.end_of_stream
        return [self._messages.piece("response_body", body.body, body.end_of_stream)]


def _split(body: bytes) -> list[bytes]:
    return [body[at : at + CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES)] or [b""]
