"""What one control plane tells the others: what its proxies hold, and what they refuse.

Knows the form, and what of it may be written where others can read it: no Secret, not even the
earlier version that stands in for a refused one. Must not know how a word travels, nor when it is
too old to count.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from portway.core import delta, model
from portway.core.culprit import Refusal

_MOST_BYTES: Final = 400_000
"""Of refusals in a word: with what proxies hold it has to fit into a ConfigMap (1 MiB)."""


class Word(msgspec.Struct, frozen=True):
    """``report``: what our proxies have acknowledged; ``found``: what they refuse; ``known``: what
    those of others have refused. The last is for whoever has just begun and has not heard it from
    who has found it."""

    report: delta.Report = {}
    found: tuple[Refusal, ...] = ()
    known: tuple[Refusal, ...] = ()


NOTHING: Final = Word()
"""The word of one that has no proxies any more."""


def word(report: delta.Report, refusals: Iterable[Refusal], learned: set[model.ObjectKey]) -> Word:
    """What may be told. ``learned``: which of the refusals others have found."""
    told: list[Refusal] = []
    size = 0
    for each in refusals:
        secret = each.key.kind == "Secret"
        tellable = msgspec.structs.replace(each, instead=None) if secret else each
        size += len(msgspec.json.encode(tellable))
        if size > _MOST_BYTES:
            break
        told.append(tellable)
    found = tuple(each for each in told if each.key not in learned)
    return Word(report, found, tuple(each for each in told if each.key in learned))


def encode(said: Word) -> bytes:
    """As it is written."""
    return msgspec.json.encode(said)


def decode(text: bytes) -> Word:
    """As it is read. Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=Word) if text else NOTHING
