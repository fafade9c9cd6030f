"""What a filter may know of the rule it stands in, and how it says that it cannot be honoured.

Knows nothing of other filters, of status documents or of the proxy. References are resolved by
the caller (`resolve`), because grants are checked in one place only.
"""

from collections.abc import Callable
from typing import NamedTuple

from portway.core.api.reference import BackendObjectReference
from portway.core.api.token_limit import TokenLimit
from portway.core.model import ClusterKey


class Problem(NamedTuple):
    """Why a filter cannot be honoured, in the words of the condition that will carry it.

    `fatal`: the rule (or the backend the filter stands in) must answer with an error, since a
    filter may not be skipped. Otherwise the filter alone is dropped (only mirrors: their answers
    are ignored anyway). `message` starts with the field and ends with the cure. `status` is the
    value the condition takes, as in a finding: True where the fault lies elsewhere and is told in
    passing.
    """

    condition: str
    reason: str
    message: str
    fatal: bool = True
    status: bool = False


class Place(NamedTuple):
    """Where a filter stands.

    `field` is its path in the object, such as `rules[0].filters[1]`. `prefixes` are the values of
    the rule's matches when every one of them is a PathPrefix (a rule without matches has "/"),
    and empty otherwise. `resolve` turns a reference into a backend or says what is wrong with it.
    `token_limit` finds one by its name, in the namespace of the object; None where none can stand.
    """

    field: str
    prefixes: tuple[str, ...]
    resolve: Callable[[BackendObjectReference], ClusterKey | Problem]
    token_limit: Callable[[str], TokenLimit | None] | None = None


def unsupported(field: str, message: str) -> Problem:
    """A value we cannot honour: Accepted=False with reason UnsupportedValue."""
    return Problem("Accepted", "UnsupportedValue", f"{field}: {message}")
