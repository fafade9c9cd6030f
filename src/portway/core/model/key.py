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
    """One listener of one Gateway. `owner` is the Gateway, or the ListenerSet that adds it: names
    are unique within an owner only (GEP-1713)."""

    gateway: ObjectKey
    owner: ObjectKey
    name: str

    @property
    def label(self) -> str:
        """A name that no other listener of the Gateway has: `web`, or `shop/extra/web` for the
        listener `web` of ListenerSet `shop/extra`."""
        if self.owner == self.gateway:
            return self.name
        return f"{self.owner.namespace}/{self.owner.name}/{self.name}"

    def __str__(self) -> str:
        return f"{self.owner}, listener {self.name}"


class PortKey(NamedTuple):
    """All listeners of a Gateway that share one port. `transport` is TCP or UDP: a UDP port and a
    TCP port of the same number are two ports."""

    gateway: ObjectKey
    port: int
    transport: str = "TCP"


class TableKey(NamedTuple):
    """One table of virtual hosts.

    Plain HTTP listeners of a port share one table (`listener` is empty): the Host header alone
    tells them apart. Each HTTPS listener has a table of its own, since SNI has already chosen;
    `listener` is its label.
    """

    gateway: ObjectKey
    port: int
    listener: str


class HostKey(NamedTuple):
    """One virtual host of a table. `domain` is exact, `*.suffix` or `*`, in lower case."""

    table: TableKey
    domain: str


# Backends that say themselves how they are reached over TLS, and with whose certificate.
_DEMANDING = {"XBackend": "XBackend"}


class ClusterKey(NamedTuple):
    """A backend with everything that needs connections of its own.

    `kind` is Service, Backend, XBackend or InferencePool, or that of a route, whose rule number
    `port` has several backends that share sessions; `protocol` is a `model.Protocol` value.
    `policy` is empty for plain text, else the name of the BackendTLSPolicy that demands TLS (of
    the backend's own namespace), followed by `/<namespace>/<name>` of the Secret with the
    certificate that is shown to the backend, if any; only a Gateway that has one makes such
    keys. An XBackend says all of that itself, and its policy is its own name. One key per
    (backend, port, policy, certificate), never one per rule: rules share connections, health
    and load figures.
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

    @property
    def tls_policy(self) -> ObjectKey | None:
        """The BackendTLSPolicy that demands TLS, or the XBackend itself; None in plain text."""
        name = self.policy.partition("/")[0]
        kind = _DEMANDING.get(self.kind, "BackendTLSPolicy")
        return ObjectKey(kind, self.namespace, name) if name else None

    @property
    def client(self) -> ObjectKey | None:
        """The Secret with the certificate that is shown, if any."""
        _, _, secret = self.policy.partition("/")
        namespace, _, name = secret.partition("/")
        return ObjectKey("Secret", namespace, name) if name else None

    def showing(self, secret: ObjectKey) -> "ClusterKey":
        """The same with that Secret's certificate shown; in plain text there is nobody to show it
        to."""
        if self.tls_policy is None or self.kind in _DEMANDING:
            return self
        shown = f"{self.tls_policy.name}/{secret.namespace}/{secret.name}"
        return self._replace(policy=shown)

    def plainly(self) -> "ClusterKey":
        """The same without a certificate that a Gateway shows."""
        if self.kind in _DEMANDING:
            return self
        return self._replace(policy=self.policy.partition("/")[0])
