"""Conditions: from findings to what stands in a status document.

Knows how several findings become one condition. Must not know which conditions an object has, nor
the time: `lastTransitionTime` is added by whoever stores the document, and only when the status
changes.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from portway.core.model import Finding

Document: TypeAlias = dict[str, Any]

TYPES = frozenset(
    (
        "Accepted",
        "Conflicted",
        "DefaultGateway",
        "InsecureFrontendValidationMode",
        "OverlappingTLSConfig",
        "PartiallyInvalid",
        "Programmed",
        "ResolvedRefs",
    )
)
"""Every type of condition that is ours to write. Whatever else an object has is somebody else's."""

_LONGEST_MESSAGE = 32768  # characters; the limit of metav1.Condition


def condition(type_: str, status: bool, reason: str, message: str, generation: int) -> Document:
    """One condition of an object at a generation."""
    return {
        "type": type_,
        "status": "True" if status else "False",
        "observedGeneration": generation,
        "reason": reason,
        "message": _shortened(message),
    }


def positive(
    type_: str,
    findings: Iterable[Finding],
    generation: int,
    reason: str,
    message: str,
) -> Document:
    """A condition that should be True, with the given reason and message when nothing speaks
    against it. The first finding that makes it False gives the reason; all such findings are
    told, since one fault at a time is a slow way to learn of three."""
    about = [each for each in findings if each.condition == type_]
    against = [each for each in about if not each.status]
    if against:
        return condition(type_, False, against[0].reason, _joined(against), generation)
    if about:
        # A remark in passing must not hide a reason that says something.
        telling = next((each.reason for each in about if each.reason != reason), reason)
        return condition(type_, True, telling, _joined(about), generation)
    return condition(type_, True, reason, message, generation)


def abnormal(type_: str, findings: Iterable[Finding], generation: int) -> tuple[Document, ...]:
    """A condition of negative polarity: present only when it is True."""
    about = [each for each in findings if each.condition == type_ and each.status]
    if not about:
        return ()
    return (condition(type_, True, about[0].reason, _joined(about), generation),)


def _joined(findings: Iterable[Finding]) -> str:
    return " ".join(dict.fromkeys(each.message for each in findings))


def _shortened(message: str) -> str:
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return message[: _LONGEST_MESSAGE - 1] + "…"
