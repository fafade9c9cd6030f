"""Names of things. Named tuples: cheap to hash, ordered, readable in a dump.

Knows nothing but identity. Every key is totally ordered, so that sorted output never depends on
the order in which objects arrived.
"""

from typing import NamedTuple


class ObjectKey(NamedTuple):
    """One object of the API. Cluster-scoped kinds have an empty namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"


class ListenerKey(NamedTuple):
    """One listener of one Gateway. `owner` is the Gateway (or, later, the ListenerSet)."""

    gateway: ObjectKey
    owner: ObjectKey
    name: str


class PortKey(NamedTuple):
    """All listeners of a Gateway that share one port."""

    gateway: ObjectKey
    port: int


class TableKey(NamedTuple):
    """One table of virtual hosts.

    Plain HTTP listeners of a port share one table (`listener` is empty): the Host header alone
    tells them apart. Each HTTPS listener has a table of its own, since SNI has already chosen.
    """

    gateway: ObjectKey
    port: int
    listener: str


class HostKey(NamedTuple):
    """One virtual host of a table. `domain` is exact, `*.suffix` or `*`, in lower case."""

    table: TableKey
    domain: str


class ClusterKey(NamedTuple):
    """A backend with everything that needs connections of its own.

    `kind` is Service or Backend; `protocol` is a `model.Protocol` value; `policy` tells apart
    connection settings made by policies (empty without any). One key per (backend, port, policy
    set), never one per rule: rules share connections, health and load figures.
    """

    kind: str
    namespace: str
    name: str
    port: int
    protocol: str
    policy: str = ""

    @property
    def backend(self) -> ObjectKey:
        return ObjectKey(self.kind, self.namespace, self.name)
