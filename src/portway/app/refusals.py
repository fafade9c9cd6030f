"""What Envoy refused, on disk, so that a restart need not find it out again.

Knows the file's form. Must not know how a culprit is found (`core.culprit`). Stand-ins may be
Secrets, so only the owner may read it; a file that is lost costs another search, nothing else.
"""

from collections.abc import Iterable
from pathlib import Path

from portway.app import record
from portway.core import api
from portway.core.culprit import Refusal, decoded

VERSION = 1
_WHAT = "refusals"


class _Envelope(record.Envelope, frozen=True):
    refusals: tuple[Refusal, ...]


def load(path: Path) -> tuple[Refusal, ...]:
    """What was saved last; nothing when there is no such file or it is no use."""
    envelope = record.load(path, _Envelope, VERSION, _WHAT)
    return envelope.refusals if envelope is not None else ()


def named(refusals: Iterable[Refusal]) -> frozenset[api.Named]:
    """What the versions that stand in for refused ones name, although nobody else may any more."""
    found = (decoded(each.instead) for each in refusals)
    return frozenset(name for each in found if each is not None for name in api.named(each))


def save(refusals: tuple[Refusal, ...], path: Path) -> None:
    """Replace the file in one step; a disk that is full is told."""
    record.save(_Envelope(VERSION, refusals), path, _WHAT)
