"""Structured logs: one line per event, for people (`key=value`) or machines (JSON).

Knows formats and levels. Must not know what is logged; private keys are removed from every line,
and fields that are secret by name never show their value. Standard library logging only, so that
libraries' records look the same. Called once, by the process's entry point.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from portway.adapters.admin.redact import REDACTED, redact_text

Format = Literal["text", "json"]
LEVELS: Final = ("debug", "info", "warning", "error")

_FIELDS: Final = "portway_fields"
_BARE: Final = re.compile(r"[^\s\"'=\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET_NAMES: Final = re.compile(
    r"password|secret_?(?:data|value|bytes)|token|private_?key|authorization|cookie", re.IGNORECASE
)
# These log at info on every request or change; a steady system is a quiet one.
_CHATTY: Final = ("asyncio", "uvicorn", "httpx", "hpack")
# It logs every change it sees at debug, and a log file may be among what it watches: each line
# would be the cause of the next. The other tells of every piece of every answer, headers with it.
_NEVER_DEBUGGED: Final = ("watchfiles", "httpcore")


def set_up(level: str = "info", form: Format = "text", stream: TextIO | None = None) -> None:
    """Send all logs to `stream` (standard error by default), replacing any earlier set-up.

    Raises ValueError for a level that is not one of `LEVELS`.
    """
    if level not in LEVELS:
        raise ValueError(f"log level {level!r} is not one of {', '.join(LEVELS)}")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else _TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
    for name in _NEVER_DEBUGGED:
        logging.getLogger(name).setLevel("WARNING")


def event(logger: logging.Logger, level: str, message: str, /, **fields: object) -> None:
    """Log one event with fields: `event(log, "info", "listed", files=3)`."""
    logger.log(getattr(logging, level.upper()), message, extra={_FIELDS: fields}, stacklevel=2)


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = redact_text(record.getMessage())
        parts = [
            _moment(record),
            f"{record.levelname.lower():<7}",
            f"{_origin(record)}:",
            _BREAKS.sub(lambda found: ascii(found[0])[1:-1], message),
        ]
        parts += [f"{name}={_text(value)}" for name, value in _fields(record).items()]
        return " ".join(parts)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": _origin(record),
            "message": redact_text(record.getMessage()),
        }
        # A field may not replace what every line has.
        fields = {name: value for name, value in _fields(record).items() if name not in line}
        return json.dumps({**line, **fields}, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given = getattr(record, _FIELDS, {})
    fields = {
        str(name): REDACTED if _SECRET_NAMES.search(str(name)) else _plain(value)
        for name, value in (given.items() if isinstance(given, Mapping) else ())
    }
    if record.exc_info is not None and record.exc_info[1] is not None:
        error = record.exc_info[1]
        fields["error"] = redact_text(f"{type(error).__name__}: {error}")
        fields["traceback"] = redact_text(logging.Formatter().formatException(record.exc_info))
    return fields


def _plain(value: object) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return f"[{len(value)} bytes]"
    return redact_text(str(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=True)
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _origin(record: logging.LogRecord) -> str:
    return record.name.removeprefix("portway.").removeprefix("adapters.")
