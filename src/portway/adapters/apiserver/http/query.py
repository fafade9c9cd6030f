"""The parameters of a request's query, and what the Accept header asks for.

Knows names and defaults. Must not know kinds.
"""

from typing import NamedTuple
from urllib.parse import parse_qsl

from portway.adapters.apiserver.problem import Refused, bad_request


class Query:
    """Query parameters; of a repeated one the last counts."""

    def __init__(self, text: str) -> None:
        self._values = dict(parse_qsl(text, keep_blank_values=True)) if text else {}

    def text(self, name: str, default: str = "") -> str:
        """A parameter as it is."""
        return self._values.get(name, default)

    def flag(self, name: str) -> bool:
        """Whether a parameter is set to something true."""
        return self._values.get(name, "").lower() in ("1", "true", "t", "yes")

    def given(self, name: str) -> bool:
        """Whether a parameter is there at all."""
        return name in self._values

    def number(self, name: str) -> int:
        """A count; 0 if absent. Raises Refused (400)."""
        value = self._values.get(name, "")
        if not value:
            return 0
        if not value.isascii() or not value.isdigit():
            raise bad_request(f'the query parameter {name} must be a whole number, not "{value}"')
        return int(value)

    def dry_run(self) -> bool:
        """``dryRun=All``. Raises Refused (400) for another value."""
        value = self._values.get("dryRun", "")
        if value not in ("", "All"):
            raise bad_request(f'Invalid value: "{value}": dryRun supports only "All"')
        return bool(value)


class Form(NamedTuple):
    """The form an answer is wanted in. ``as_`` is empty for the objects themselves."""

    as_: str = ""
    version: str = "v1"


def wanted(accept: str) -> Form:
    """The first form of the Accept header that can be given; JSON is the only encoding.

    Raises Refused (406) if none can.
    """
    if not accept:
        return Form()
    for part in accept.split(","):
        media, *parameters = [each.strip() for each in part.split(";")]
        if media not in ("application/json", "*/*", "application/*"):
            continue
        given = dict(each.partition("=")[::2] for each in parameters)
        form = Form(given.get("as", ""), given.get("v", "v1"))
        known = form.as_ in _FORMS and form.version in ("v1", "v1beta1")
        if not form.as_ or known:
            return form
    message = (
        "only the following media types are accepted: application/json, "
        "application/json;as=Table, application/json;as=PartialObjectMetadata"
    )
    raise Refused(406, "NotAcceptable", message)


_FORMS = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})
