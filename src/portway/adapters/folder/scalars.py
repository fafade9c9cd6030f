"""What a plain YAML scalar means, exactly as kubectl would read it.

Knows the resolution rules of the YAML library behind kubectl (YAML 1.1 booleans, octal and
underscored integers, no dates, no base 60) followed by its conversion to JSON. Must not know about
documents, files or kinds. It exists because a manifest has to mean the same thing here and in a
cluster: PyYAML alone would turn `12:30:00` into 45000, and YAML 1.2 would keep `NO` a string.
"""

import base64
import binascii
import re
from typing import Final

Scalar = str | int | float | bool | None

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

_TAG_PREFIX: Final = "tag:yaml.org,2002:"
_MERGE_TAG: Final = _TAG_PREFIX + "merge"

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(
        ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True
    ),
    **dict.fromkeys(
        ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False
    ),
    **dict.fromkeys(("~", "null", "Null", "NULL"), None),
}
_NOT_NUMBERS: Final = frozenset(
    sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
) | {".nan", ".NaN", ".NAN"}

_WORD_START: Final = frozenset("yYnNtTfFoO~")
_NUMBER_START: Final = frozenset("+-0123456789.")
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)"
    r"(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)"
    r"|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES: Final = (("hex", 16), ("bin", 2), ("oct", 8), ("dec", 10))


class ScalarError(ValueError):
    """A scalar that has no JSON value: what is wrong, and what to write instead."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure


def resolve(text: str) -> Scalar:
    """The value of an unquoted, untagged scalar.

    Raises ScalarError for `.inf` and `.nan`, which JSON, and so Kubernetes, cannot carry.
    """
    if not text:
        return None
    first = text[0]
    if first in _WORD_START:
        return _WORDS.get(text, text)
    if first in _NUMBER_START:
        return _number(text)
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag (`!!str`, `!!int`, ...), quoted or not.

    Tags that are not YAML's own leave the text as it is. Raises ScalarError when the text is not
    of the type the tag asks for.
    """
    name = tag.removeprefix(_TAG_PREFIX)
    if name == "binary":
        return _from_base64(text)
    wanted = _TAGGED.get(name)
    if wanted is None:
        return text
    value = resolve(text)
    if name == "float" and type(value) is int:
        return value
    if type(value) not in wanted:
        raise ScalarError(f"{text!r} is not a value of type !!{name}", f"remove the !!{name} tag")
    return value


def key_text(value: Scalar) -> str:
    """The JSON object key a resolved mapping key becomes: `n` -> "false", `017` -> "15".

    Raises ScalarError for null, which cannot be a key.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise ScalarError("a mapping key is empty or null", "give the key a name, or quote it")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f"{value:.8g}"


def is_merge(tag: str | None, text: str, *, plain: bool) -> bool:
    """Whether a mapping key is the merge key `<<`; quoting it makes it an ordinary key."""
    return text == "<<" and (plain or tag == _MERGE_TAG)


_TAGGED: Final[dict[str, tuple[type, ...]]] = {
    "int": (int,),
    "float": (float,),
    "bool": (bool,),
    "null": (type(None),),
}


def _number(text: str) -> Scalar:
    if text in _NOT_NUMBERS:
        raise ScalarError(f"{text} is not a JSON number", "write a finite number, or quote it")
    # A leading point never goes with underscores: `._5` stays a string, `1_000` is a number.
    plain = text if text[0] == "." else text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match is not None:
        return _integer(match)
    return _decimal(plain, text) if _FLOAT.fullmatch(plain) else text


def _integer(match: re.Match[str]) -> int | float:
    digits, base = next((match[name], base) for name, base in _BASES if match[name])
    if base == 10 and len(digits) > 20:
        return float(match[0])  # far outside 64 bits: a JSON reader of Kubernetes makes it a float
    value = int(digits, base)
    if match["sign"] == "-":
        value = -value
    return value if INT64_MIN <= value <= INT64_MAX else float(value)


def _decimal(plain: str, text: str) -> int | float | str:
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        return text  # out of range: Go refuses the number and keeps the string
    # Kubernetes reads the JSON back: a number without a fraction that fits is an integer there.
    if value.is_integer() and INT64_MIN <= value <= INT64_MAX:
        return int(value)
    return value


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ScalarError(
            "the !!binary value is not base64 of UTF-8 text", "write the text itself, quoted"
        ) from error
