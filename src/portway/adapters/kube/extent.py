"""Which part of a cluster is read: all of it, or some namespaces.

Knows where the lists of one namespace are, and what becomes of kinds that have none: the Namespaces
themselves are read one by one, so that a role may name them (RBAC lets a list be selected by name
where `resourceNames` has it), and what belongs to the whole cluster, GatewayClasses, is read whole.
Must not know what is done with what is read.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from portway.adapters.kube.discovery import Served
from portway.adapters.kube.protocol import Place

NAMESPACE: Final = "Namespace"


class Part(NamedTuple):
    """One list of a kind. ``selector`` is one of fields; ``namespace`` and ``name`` are of the
    objects in it, empty: of any."""

    path: str
    selector: str = ""
    namespace: str = ""
    name: str = ""

    def holds(self, place: Place) -> bool:
        """Whether an object of the kind at a place is in this list."""
        return self.namespace in ("", place.namespace) and self.name in ("", place.name)


@dataclass(frozen=True, slots=True)
class Extent:
    """``namespaces`` that are read; none means all there are, and those yet to come."""

    namespaces: tuple[str, ...] = ()

    def lists(self, served: Served) -> tuple[Part, ...]:
        """The lists that hold what is read of a kind, and no object in two of them."""
        if not self.namespaces:
            return (Part(served.path),)
        if served.kind == NAMESPACE:
            return tuple(
                Part(served.path, selector=f"metadata.name={each}", name=each)
                for each in self.namespaces
            )
        if not served.namespaced:
            return (Part(served.path),)
        return tuple(Part(inside(served.path, each), namespace=each) for each in self.namespaces)

    def paths(self, path: str) -> tuple[str, ...]:
        """The lists that hold what there is of a kind in namespaces; ``path`` is that of all."""
        return tuple(inside(path, each) for each in self.namespaces) or (path,)


def inside(path: str, namespace: str) -> str:
    """The list of one namespace; ``path`` is that of all."""
    parent, _, plural = path.rpartition("/")
    return f"{parent}/namespaces/{namespace}/{plural}"


EVERYWHERE: Final = Extent()
