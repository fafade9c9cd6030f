"""What is wrong or surprising in a set of objects, before anything is served.

Statuses say what the spec asks for, object by object; this says what a person would want to know:
near misses, the next obstacle behind the first, rules that never match, what to type to test.
Findings of the translation are reused, never computed again.

    codes        the table of codes            issue         one issue
    inventory    the objects as written        attachment    routes and their parents
    references   backends                      gateways      classes and listeners
    certificates names and dates               overlap       rules that never match
    names        SNI and DNS
    backend_tls  policies about backends       authorities   dates of CA certificates
    models       headers that nobody writes
"""

from collections.abc import Iterable
from datetime import datetime

from portway.core import api, model
from portway.core.analyze import (
    attachment,
    authorities,
    backend_tls,
    certificates,
    gateways,
    models,
    names,
    overlap,
    references,
)
from portway.core.analyze.codes import CODES, Code, Severity, markdown
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View

__all__ = ["CODES", "Code", "Issue", "Severity", "analyze", "issue", "markdown"]


def analyze(
    view: View,
    objects: Iterable[api.Resource],
    now: datetime | None = None,
    invalid: frozenset[model.ObjectKey] = frozenset(),
) -> tuple[Issue, ...]:
    """All issues, sorted by object with the worst first.

    `view` is the settled state of `objects`. `now` (aware) is for certificate dates; without it
    they are not checked. `invalid` are objects that somebody wrote but that cannot be used.
    """
    inventory = Inventory(objects, invalid)
    found = [
        *attachment.issues(view, inventory),
        *references.issues(view, inventory),
        *gateways.issues(view, inventory),
        *certificates.issues(view, inventory, now),
        *backend_tls.issues(view),
        *authorities.issues(view, inventory, now),
        *overlap.issues(view),
        *models.issues(view, inventory),
        *names.issues(view, inventory),
    ]
    return tuple(sorted(set(found), key=Issue.order))
