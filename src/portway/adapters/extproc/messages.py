"""Messages of ext_proc: read into plain values, written as bytes.

Knows the message classes out of Envoy's own schema. Must not know the order in which they go. The
same few answers go out all day, so those that do not differ are written once.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from portway.adapters.extproc.desk import Refused, Why
from portway.adapters.extproc.names import (
    DESTINATION,
    DROPPED,
    HINTS,
    METADATA,
    PICK,
    SCORES,
    SERVED,
    SUBSET,
)
from portway.core.schema import Schema

_PACKAGE: Final = "envoy.service.ext_proc.v3."
CHUNK_BYTES: Final = 62 * 1024
"""Of a body that is sent in pieces of our own making: gateways take no larger ones than 64 KiB."""


class Messages:
    """Reads and writes. One of them serves a process."""

    def __init__(self, schema: Schema) -> None:
        self._request: Any = schema.message_class(f"{_PACKAGE}ProcessingRequest")
        self._response: Any = schema.message_class(f"{_PACKAGE}ProcessingResponse")
        self.read = self._request.FromString
        self.picked = lru_cache(maxsize=4096)(self._picked)
        self._seen = {phase: self._empty(phase) for phase in _PHASES}

    def seen(self, phase: str) -> bytes:
        """Go on, with nothing changed."""
        return self._seen[phase]

    def _empty(self, phase: str) -> bytes:
        made = self._response()
        getattr(made, phase).SetInParent()
        return bytes(made.SerializeToString())

    def _picked(
        self,
        phase: str,
        destination: str,
        headers: tuple[tuple[str, str], ...] = (),
        scores: tuple[tuple[str, float], ...] = (),
        size: int = -1,
        why: Why | None = None,
    ) -> bytes:
        """The pick, as a header and as metadata, which have to be the same. ``size``: of the body
        where it is another one."""
        made = self._response()
        response = getattr(made, phase).response
        _set(response.header_mutation, DESTINATION, destination)
        for name, value in headers:
            _set(response.header_mutation, name, value)
        if size >= 0:
            _set(response.header_mutation, "content-length", str(size))
        lb = made.dynamic_metadata.fields[METADATA].struct_value
        lb.fields[DESTINATION].string_value = destination
        if why is not None:
            pick = lb.fields[PICK].struct_value.fields
            pick["reason"].string_value = why.reason
            pick["cached_blocks"].number_value = why.cached
            pick["prompt_blocks"].number_value = why.blocks
        for address, score in scores:
            lb.fields[SCORES].struct_value.fields[address].number_value = score
        return bytes(made.SerializeToString())

    def with_body(self, picked: bytes, body: bytes) -> bytes:
        """A pick in answer to a whole body, with another body."""
        made = self._response.FromString(picked)
        made.request_body.response.body_mutation.body = body
        return bytes(made.SerializeToString())

    def piece(self, phase: str, body: bytes, last: bool) -> bytes:
        """A piece of a body on its way on."""
        made = self._response()
        streamed = getattr(made, phase).response.body_mutation.streamed_response
        streamed.body = body
        if last:
            streamed.end_of_stream = True
        return bytes(made.SerializeToString())

    def answer_headers(self, headers: Mapping[str, str]) -> bytes:
        """Go on with the answer, and with these headers in it."""
        if not headers:
            return self._seen["response_headers"]
        made = self._response()
        for name, value in headers.items():
            _set(made.response_headers.response.header_mutation, name, value)
        return bytes(made.SerializeToString())

    def refused(self, refused: Refused) -> bytes:
        """An answer to the client at once."""
        made = self._response()
        immediate = made.immediate_response
        immediate.status.code = refused.status
        _set(immediate.headers, DROPPED, refused.reason)
        _set(immediate.headers, "content-type", "text/plain")
        immediate.body = f"{refused.words}\n".encode()
        immediate.details = refused.reason.replace(" ", "_")
        return bytes(made.SerializeToString())


_PHASES: Final = (
    "request_headers",
    "request_body",
    "request_trailers",
    "response_headers",
    "response_body",
    "response_trailers",
)


def _set(mutation: Any, name: str, value: str) -> None:
    option = mutation.set_headers.add()
    option.header.key = name
    option.header.raw_value = value.encode("utf-8", "replace")
    # Not one more beside what the client may have sent.
    option.append_action = 2  # OVERWRITE_IF_EXISTS_OR_ADD


def headers_of(message: Any) -> dict[str, str]:
    """Headers by name; of one that comes several times all values, with commas."""
    found: dict[str, str] = {}
    for each in message.headers.headers:
        raw = each.raw_value
        value = raw.decode("utf-8", "replace") if raw else each.value
        found[each.key] = f"{found[each.key]},{value}" if each.key in found else value
    return found


def served_of(message: Any) -> str:
    """Who answered, `ip:port`; "" where it is not said."""
    fields = _metadata(message, METADATA)
    return str(fields[SERVED].string_value) if fields and SERVED in fields else ""


def subset_of(message: Any) -> frozenset[str] | None:
    """The endpoints that are offered, as a list or as text with commas; None for all."""
    fields = _metadata(message, HINTS)
    if not fields or SUBSET not in fields:
        return None
    value = fields[SUBSET]
    if value.HasField("list_value"):
        names = [each.string_value for each in value.list_value.values]
    else:
        names = value.string_value.split(",")
    return frozenset(each.strip() for each in names if each.strip())


def _metadata(message: Any, namespace: str) -> Any:
    by_name = message.metadata_context.filter_metadata
    return by_name[namespace].fields if namespace in by_name else None
