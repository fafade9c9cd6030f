"""Asking a picker what it would do with a request, without sending one.

Knows the question and the answer as they travel: JSON over HTTP on loopback (`portway picker
--explain-address`). Must not know how a pick is made, nor where the request came from. Synchronous
and of the standard library, as everything that the command line uses.
"""

import http.client
from collections.abc import Mapping
from typing import Final

import msgspec

from portway.adapters.listening import host_and_port
from portway.core.pick import Told

MOST_BODY_BYTES: Final = 1024 * 1024
"""More of a body no picker looks at."""
_SECONDS: Final = 5.0
_MOST_ANSWER: Final = 16 * 1024 * 1024


class Question(msgspec.Struct, frozen=True):
    """``pool``: NAMESPACE/NAME; a picker whose endpoints were given to it knows no names, and
    answers by any. Header names are in lower case."""

    pool: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""


class NoAnswer(Exception):
    """Nobody told. The message says why."""


def ask(address: str, question: Question) -> Told:
    """What the picker that answers questions at HOST:PORT would do. Raises NoAnswer."""
    try:
        host, port = host_and_port(address)
    except ValueError as error:
        raise NoAnswer(f"{address!r}: {error}") from None
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        body = msgspec.json.encode(question)
        connection.request("POST", "/explain", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        data = answer.read(_MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"the picker at {address} does not answer: {error}") from None
    finally:
        connection.close()
    try:
        if answer.status == 200:
            return msgspec.json.decode(data, type=Told)
        words = msgspec.json.decode(data, type=dict[str, str]).get("error", "")
    except msgspec.MsgspecError:
        words = ""
    said = words or f"it answers with HTTP status {answer.status}"
    raise NoAnswer(f"the picker at {address} does not tell: {said}")


def read(data: bytes) -> Question:
    """The question in a body. Raises ValueError."""
    try:
        return msgspec.json.decode(data, type=Question)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no question: {error}") from None
