"""What can go wrong between an API server and us.

Knows the two ways: the server answers no, or it does not answer. Must not know what is done about
either; the reflector decides.
"""

from typing import Final

import msgspec

GONE: Final = 410
NOT_FOUND: Final = 404
FORBIDDEN: Final = 403


class ApiFailure(Exception):
    """The server said no. ``status`` is HTTP's; ``retry_after`` are seconds it asks to wait."""

    def __init__(
        self, status: int, reason: str = "", message: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{status} {reason}: {message}" if reason else f"{status}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class Unreachable(Exception):
    """No answer: no connection, or one that broke or fell silent."""


class Garbled(Exception):
    """The server said something that is not of its protocol."""


class _Details(msgspec.Struct, rename="camel"):
    retry_after_seconds: float = 0


class _Status(msgspec.Struct):
    """The part of Kubernetes' Status that is acted on."""

    code: int = 0
    reason: str = ""
    message: str = ""
    details: _Details | None = None


def failure_of(body: bytes, status: int = 0, retry_after: str = "") -> ApiFailure:
    """The failure that a Status tells of, in whatever shape it comes; ``status`` and
    ``retry_after`` are what HTTP says of it."""
    try:
        said = msgspec.json.decode(body, type=_Status)
    except msgspec.DecodeError:
        said = _Status(message=body[:200].decode("utf-8", "replace"))
    seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    if seconds is None and said.details is not None and said.details.retry_after_seconds:
        seconds = said.details.retry_after_seconds
    return ApiFailure(status or said.code or 500, said.reason, said.message, seconds)
