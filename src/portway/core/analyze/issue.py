"""One thing worth telling the user, as a value.

Knows the shape; the words of a code come from `codes`.
"""

import msgspec

from portway.core import model
from portway.core.analyze.codes import CODES, Severity

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Issue(msgspec.Struct, frozen=True):
    """`object` is what it is about, `field` a path in it such as `spec.listeners[0].hostname`
    (empty: the object as a whole). `message` says what is wrong here, `cure` what helps here."""

    code: str
    severity: Severity
    object: model.ObjectKey
    field: str
    message: str
    cure: str

    def order(self) -> tuple[model.ObjectKey, int, str, str, str]:
        """Sorts by object, then the worst first."""
        return (self.object, _ORDER[self.severity], self.code, self.field, self.message)


def issue(code: str, about: model.ObjectKey, field: str, message: str, cure: str = "") -> Issue:
    """An issue with the code's severity and, unless given, its general cure.

    Findings begin with the name of their object, since statuses stand alone; here the object is
    named once for all its issues, so that beginning goes.
    """
    row = CODES[code]
    short = message.removeprefix(f"{about}, ").removeprefix(f"{about}: ")
    return Issue(code, row.severity, about, field, short, cure or row.cure)
