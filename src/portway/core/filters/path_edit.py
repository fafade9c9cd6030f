"""Path replacement, as RequestRedirect and URLRewrite share it (HTTPPathModifier).

Knows the spec's table: trailing slashes of prefix and replacement do not count, the path is never
empty, what follows the prefix stays. Envoy replaces strings, not path elements, so each row gets
the one Envoy field that gives the same result. The query is never touched: Envoy keeps it apart.
"""

import re

from portway.core.api.http_filter import HTTPPathModifier
from portway.core.filters.kind import Json
from portway.core.filters.place import Place, Problem, unsupported
from portway.core.model import PathEdit

FULL = "ReplaceFullPath"
PREFIX = "ReplacePrefixMatch"


def from_spec(spec: HTTPPathModifier, place: Place, field: str) -> PathEdit | Problem:
    """The edit with the prefix it stands for, or why it is impossible.

    ReplacePrefixMatch needs a rule with exactly one PathPrefix match, since several prefixes
    would leave open which one is replaced (HTTPRoute CEL rule).
    """
    value = spec.replace_full_path if spec.type == FULL else spec.replace_prefix_match
    if value is None:
        member = "replaceFullPath" if spec.type == FULL else "replacePrefixMatch"
        return unsupported(field, f"the type asks for {member}, which is absent. Add {member}.")
    if value and not value.startswith("/"):
        return unsupported(field, f"{value!r} does not start with a slash. Write /{value}.")
    if found := re.search(r"[?#\s]", value):
        return unsupported(
            field,
            f"{value!r} holds {found.group()!r}, which cannot be part of a path. Remove it (the "
            "query of the request is kept as it is).",
        )
    if spec.type == FULL:
        return PathEdit(FULL, value or "/")
    if len(place.prefixes) != 1:
        return unsupported(
            field,
            "ReplacePrefixMatch needs a rule with exactly one match, of type PathPrefix. Give "
            "each prefix a rule of its own, or use ReplaceFullPath.",
        )
    return PathEdit(PREFIX, value, place.prefixes[0].rstrip("/") or "/")


def rewrite(edit: PathEdit) -> Json:
    """The fields of a RouteAction (or of a RedirectAction) that carry out the edit."""
    if edit.kind == FULL:
        return _regex(r"^/.*$", edit.value)
    replacement = edit.value.rstrip("/")
    if edit.prefix == "/":
        # "/bar" has the prefix "/" and the rest "bar": the slash between has to be ours.
        return {"prefix_rewrite": f"{replacement}/"} if replacement else {}
    if replacement:
        return {"prefix_rewrite": replacement}
    # Nothing is left of the prefix: the slashes after it become the one the path starts with.
    return _regex(f"^{re.escape(edit.prefix)}/*", "/")


def redirect(edit: PathEdit) -> Json:
    """The fields of a RedirectAction that carry out the edit."""
    return {"path_redirect": edit.value} if edit.kind == FULL else rewrite(edit)


def _regex(pattern: str, substitution: str) -> Json:
    # In a substitution a backslash starts a group reference (RE2).
    return {
        "regex_rewrite": {
            "pattern": {"regex": pattern},
            "substitution": substitution.replace("\\", "\\\\"),
        }
    }
