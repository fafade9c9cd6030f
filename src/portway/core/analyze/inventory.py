"""The objects as the user wrote them, by kind, namespace and name.

Knows how to find an object and the ones that look like it ("did you mean"). Knows no rule.
"""

import difflib
from collections.abc import Iterable
from typing import TypeVar

from portway.core import api, model

Kind = TypeVar("Kind", bound=api.Resource)

Route = api.HTTPRoute | api.GRPCRoute | api.TLSRoute | api.TCPRoute | api.UDPRoute


def key(resource: api.Resource) -> model.ObjectKey:
    """The model's name of an object."""
    return model.ObjectKey(resource.kind, resource.namespace, resource.name)


class Inventory:
    """Read-only; built once per analysis."""

    def __init__(
        self,
        objects: Iterable[api.Resource],
        invalid: frozenset[model.ObjectKey] = frozenset(),
    ) -> None:
        """`invalid` are objects that are written, but not so that they can be used."""
        self.invalid = invalid
        self._objects = {key(each): each for each in objects}

    def __contains__(self, wanted: model.ObjectKey) -> bool:
        return wanted in self._objects

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """All objects of a kind, sorted by key."""
        found = (each for _, each in sorted(self._objects.items()) if isinstance(each, kind))
        return tuple(found)

    def routes(self) -> tuple[Route, ...]:
        """All routes of any kind, sorted by key."""
        routes = (each for _, each in sorted(self._objects.items()))
        return tuple(each for each in routes if isinstance(each, Route))

    def get(self, kind: type[Kind], namespace: str, name: str) -> Kind | None:
        found = self._objects.get(model.ObjectKey(kind.kind, namespace, name))
        return found if isinstance(found, kind) else None

    def elsewhere(self, wanted: model.ObjectKey) -> tuple[model.ObjectKey, ...]:
        """Objects of that kind and name in other namespaces."""
        return tuple(
            sorted(
                each
                for each in self._objects
                if each.kind == wanted.kind
                and each.name == wanted.name
                and each.namespace != wanted.namespace
            )
        )

    def similar(self, wanted: model.ObjectKey) -> str:
        """The name nearest to the wanted one among its kind and namespace; empty if none is."""
        names = [
            each.name
            for each in self._objects
            if (each.kind, each.namespace) == (wanted.kind, wanted.namespace)
        ]
        return next(iter(difflib.get_close_matches(wanted.name, names, 1)), "")
