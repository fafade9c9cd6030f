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
_SET = "OVERWRITE_IF_EXISTS_OR_ADD"
_ADD = "APPEND_IF_EXISTS_OR_ADD"


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
        *(_option(name, value, _SET) for name, value in edit.set),
        *(_option(name, value, _ADD) for name, value in edit.add),
    ]


def _option(name: str, value: str, action: str) -> Json:
    # Envoy reads the value as a format string: a lone % would be an error, or worse a command
    # that prints something the user never asked for.
    return {
        "header": {"key": name, "value": value.replace("%", "%%")},
        "append_action": action,
    }


def extend(outer: Json, direction: str, edit: HeaderEdit) -> None:
    """Lets an edit follow those already in `<direction>_headers_to_add/remove`.

    Args:
        outer: the Route or ClusterWeight.
        direction: request or response.
    """
    own: Json = {}
    if adds := headers_to_add(edit):
        own[f"{direction}_headers_to_add"] = adds
    if edit.remove:
        own[f"{direction}_headers_to_remove"] = list(edit.remove)
    outer.update(followed(outer, direction, own))


def followed(first: Json, direction: str, second: Json) -> Json:
    """The fields of one place that do what `first` does and then what `second` does.

    In one place Envoy removes before it adds, whatever the order. So what `first` does to a
    header that `second` replaces or removes is dropped; the rest goes well together.
    """
    add, remove = f"{direction}_headers_to_add", f"{direction}_headers_to_remove"
    replaced = {_name(each) for each in second.get(add, ()) if each["append_action"] == _SET}
    removed = second.get(remove, [])
    gone = replaced.union(removed)
    adds = [each for each in first.get(add, ()) if _name(each) not in gone]
    removes = [name for name in first.get(remove, ()) if name not in gone]
    found = {add: [*adds, *second.get(add, ())], remove: [*removes, *removed]}
    return {field: values for field, values in found.items() if values or field in first}


def _name(option: Json) -> str:
    name: str = option["header"]["key"]
    return name
