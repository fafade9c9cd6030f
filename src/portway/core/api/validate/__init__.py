"""The rules between fields, one file per kind."""

from portway.core.api.errors import FieldError
from portway.core.api.meta import Resource


def validate(resource: Resource, version: str) -> tuple[FieldError, ...]:
    """Every broken rule of a resource."""
    return ()
