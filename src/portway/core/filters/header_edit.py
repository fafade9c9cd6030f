"""Header edits, as RequestHeaderModifier and ResponseHeaderModifier share them.

Knows which headers may be edited at all and how an edit is written for Envoy. Must not know where
the edit is placed.
"""

import re

from portway.core.api.route import HTTPHeaderFilter
from portway.core.filters.kind import Json
from portway.core.filters.place import Problem, unsupported
from portway.core.model import HeaderEdit

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+\Z")
# They say where a message ends. Written by hand they would contradict the body that is sent, and
# the backend could read one request as two (RFC 9112 section 11.2).
_FRAMING = frozenset({"content-length", "transfer-encoding"})


def from_spec(spec: HTTPHeaderFilter, field: str) -> HeaderEdit | Problem:
    """Names in lower case, checked: tokens, one action per name, no framing header written."""
    edit = HeaderEdit(
        set=tuple((each.name.lower(), each.value) for each in spec.set),
        add=tuple((each.name.lower(), each.value) for each in spec.add),
        remove=tuple(name.lower() for name in spec.remove),
    )
    return _problem(edit, field) or edit


def _problem(edit: HeaderEdit, field: str) -> Problem | None:
    written = [name for name, _ in (*edit.set, *edit.add)]
    seen: set[str] = set()
    for name in (*written, *edit.remove):
        if not _TOKEN.match(name):
            return unsupported(field, f"{name!r} is not the name of a header. Remove it.")
        if name in seen:
            return unsupported(
                field,
                f"the header {name} is named more than once, and only one action per header is "
                "allowed (upper and lower case are the same). Keep one.",
            )
        seen.add(name)
    for name in written:
        if name in _FRAMING:
            return unsupported(
                field,
                f"the header {name} is set by the proxy from the body it sends. Remove it.",
            )
    return None


def headers_to_add(edit: HeaderEdit) -> list[Json]:
    """HeaderValueOption list: `set` replaces, `add` appends."""
    return [
        *(_option(name, value, "OVERWRITE_IF_EXISTS_OR_ADD") for name, value in edit.set),
        *(_option(name, value, "APPEND_IF_EXISTS_OR_ADD") for name, value in edit.add),
    ]


def _option(name: str, value: str, action: str) -> Json:
    # Envoy reads the value as a format string: a lone % would be an error, or worse a command
    # that prints something the user never asked for.
    return {
        "header": {"key": name, "value": value.replace("%", "%%")},
        "append_action": action,
    }


def extend(outer: Json, direction: str, edit: HeaderEdit) -> None:
    """Appends the edit to `<direction>_headers_to_add/remove`; direction: request or response."""
    if adds := headers_to_add(edit):
        outer.setdefault(f"{direction}_headers_to_add", []).extend(adds)
    if edit.remove:
        outer.setdefault(f"{direction}_headers_to_remove", []).extend(edit.remove)
