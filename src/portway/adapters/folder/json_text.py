"""JSON text to values, as a Kubernetes client would read it.

Knows JSON only. Must not know YAML: when a text is not JSON after all, it says so by returning
nothing, and the YAML reader, whose language contains JSON but for a few corners, has the last word.
"""

import json
import re
from typing import Any, Final

import msgspec

from portway.adapters.folder.problem import SyntaxFaultError
from portway.adapters.folder.scalars import Scalar, resolve

_SPACE: Final = re.compile(r"[ \t\r\n]*")


def looks_like_json(path: str, text: str) -> bool:
    """Whether to try JSON first: by the file's name, or because the text begins with `{`."""
    return path.endswith(".json") or text.lstrip().startswith("{")


class _TwiceError(Exception):
    """A JSON object has a key twice."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _TwiceError
    return value


def _constant(text: str) -> Any:
    raise SyntaxFaultError(f"{text} is not a JSON number", "write a finite number")


def _number(text: str) -> Scalar:
    return resolve(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_number, parse_int=_number
)


def json_values(text: str) -> list[tuple[int, Any]] | None:
    """(line, value) of each JSON value, or None when the text may be YAML that begins with `{`.

    A key given twice is left to the YAML reader too: it knows the line. Raises SyntaxFaultError
    for what no reader can mend.
    """
    values: list[tuple[int, Any]] = []
    position = 0
    try:
        while True:
            space = _SPACE.match(text, position)
            position = space.end() if space else position
            if position == len(text):
                break
            line = text.count("\n", 0, position) + 1
            value, position = _DECODER.raw_decode(text, position)
            values.append((line, value))
        msgspec.json.encode([value for _, value in values])
    except (json.JSONDecodeError, _TwiceError, RecursionError):
        return None
    except UnicodeEncodeError as error:
        cure = "write the character itself, or both halves of its escape"
        raise SyntaxFaultError("a string holds half of a surrogate pair", cure) from error
    return values
