"""Which filters can stand together in a rule.

Knows the pairs that contradict each other, and the one kind of which the proxy has a single place.
Must not know what a filter does.
"""

from collections.abc import Iterable

from portway.core import filters, model

_REQUEST_FILTERS = (model.Redirect, model.Rewrite)


def apart(
    found: Iterable[model.Filter], field: str, around: Iterable[model.Filter] = ()
) -> list[filters.Problem]:
    """Why the filters `found` in a list cannot stand together, or not with those of the rule
    `around` them, if they belong to one of its backends."""
    here = list(found)
    return _redirect_and_rewrite(here, field) + _asked_twice(here, field, around)


def _redirect_and_rewrite(found: list[model.Filter], field: str) -> list[filters.Problem]:
    present = [kind for kind in _REQUEST_FILTERS if any(isinstance(f, kind) for f in found)]
    if len(present) < len(_REQUEST_FILTERS):
        return []
    message = (
        f"{field}: RequestRedirect and URLRewrite cannot stand in one list, since a redirected "
        "request is never forwarded; remove one of them."
    )
    return [filters.Problem("Accepted", "IncompatibleFilters", message)]


def _asked_twice(
    found: list[model.Filter], field: str, around: Iterable[model.Filter]
) -> list[filters.Problem]:
    """Of two services the proxy would ask one only, and let through what the other refuses."""
    asked = sum(isinstance(each, model.ExternalAuth) for each in found)
    before = sum(isinstance(each, model.ExternalAuth) for each in around)
    if not asked or asked + before < 2:
        return []
    where = "rule and its backend together" if before else "rule"
    message = (
        f"{field}: a {where} can have one ExternalAuth filter, and there are {asked + before}; "
        "let one service ask the other, and remove the rest."
    )
    return [filters.Problem("Accepted", "UnsupportedValue", message)]
