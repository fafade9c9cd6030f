"""Gateway API durations (GEP-2257).

Knows the text form and its length in seconds. Must not know what a duration limits.
"""

import re

_DURATION = re.compile(r"(?:[0-9]{1,5}(?:h|ms|m|s)){1,4}")
_PART = re.compile(r"([0-9]{1,5})(h|ms|m|s)")
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


def seconds(text: str) -> float:
    """The length of a duration such as ``1m30s``, in seconds.

    Raises ValueError if ``text`` is not a Gateway API duration.
    """
    if _DURATION.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} is not a Gateway API duration: write one to four whole numbers with "
            "h, m, s or ms, for example 1m30s"
        )
    parts = _PART.findall(text)
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in parts) / 1000
