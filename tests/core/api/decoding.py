"""A resource from its spec, as short as a test can say it.

Knows the metadata every document needs. The type asked for is the type that comes back.
"""

from typing import Any, TypeVar

from portway.core import api

Kind = TypeVar("Kind", bound=api.Resource)


def decoded(kind: type[Kind], version: str = "", **body: Any) -> Kind:
    """Decode a document named x with these top-level members.

    Raises api.InvalidResource.
    """
    head = {"apiVersion": version or kind.api_version, "kind": kind.kind, "metadata": {"name": "x"}}
    found = api.decode({**head, **body})
    assert isinstance(found, kind)
    return found


def fault(kind: type[api.Resource], version: str = "", **body: Any) -> tuple[str, str]:
    """Rule and path of the only fault."""
    try:
        decoded(kind, version, **body)
    except api.InvalidResource as refused:
        (error,) = refused.errors
        return error.rule, error.path
    raise AssertionError("the document is valid")
