"""Gateways and their listeners, after references are resolved and conflicts are found.

Knows ports, protocols, hostnames and who may attach; knows nothing of sockets or filter chains.
"""

import msgspec

from portway.core.model.finding import Finding
from portway.core.model.key import ListenerKey, ObjectKey, PortKey
from portway.core.model.tls import ClientValidation


class RouteKind(msgspec.Struct, frozen=True, gc=False, order=True):
    """A kind of route a listener takes."""

    group: str
    kind: str


class LabelRequirement(msgspec.Struct, frozen=True, gc=False):
    """One term of a label selector. `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def admits(self, labels: dict[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case _:
                return value is None


class AllowedRoutes(msgspec.Struct, frozen=True, gc=False):
    """Which routes a listener lets in: `namespaces` is All, Same or Selector."""

    kinds: tuple[RouteKind, ...]
    namespaces: str = "Same"
    selector: tuple[LabelRequirement, ...] = ()


class Listener(msgspec.Struct, frozen=True, gc=False):
    """One listener.

    `hostname` is in lower case, empty for "any". `accepted` is False when the listener takes no
    traffic at all (unsupported protocol, conflict). `serving` is False when it cannot be
    programmed (not accepted, or HTTPS without a usable certificate): its hostname still belongs
    to it, so no less specific listener may answer for it.
    `tls_mode` is Terminate or Passthrough on a TLS listener and empty on others.
    `allowed.kinds` are the kinds it takes, which is also what it reports as supported.
    `validation` is what it asks of clients, if anything.
    """

    key: ListenerKey
    port: int
    protocol: str
    hostname: str
    allowed: AllowedRoutes
    accepted: bool = True
    serving: bool = True
    certificates: tuple[ObjectKey, ...] = ()
    validation: ClientValidation | None = None
    tls_mode: str = ""

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def label(self) -> str:
        """Its name, unique within the Gateway (see `ListenerKey`)."""
        return self.key.label

    @property
    def passthrough(self) -> bool:
        """Whether TLS is not ended here: what the client encrypts goes to the backend."""
        return self.tls_mode == "Passthrough"

    @property
    def port_key(self) -> PortKey:
        """The port it shares with other listeners."""
        return PortKey(self.key.gateway, self.port, "UDP" if self.protocol == "UDP" else "TCP")


class GatewayClass(msgspec.Struct, frozen=True, gc=False):
    """A class that names our controller."""

    key: ObjectKey
    generation: int
    findings: tuple[Finding, ...] = ()

    @property
    def accepted(self) -> bool:
        return not any(f.condition == "Accepted" and not f.status for f in self.findings)


class ListenerSet(msgspec.Struct, frozen=True, gc=False):
    """Listeners that somebody else adds to a Gateway (GEP-1713).

    `allowed` is False when the Gateway does not take it; it has no listeners then. `accepted` is
    False when nothing of it is served. `findings` are about the set and its listeners.
    """

    key: ObjectKey
    generation: int
    listeners: tuple[Listener, ...] = ()
    findings: tuple[Finding, ...] = ()
    allowed: bool = True
    accepted: bool = True


class Gateway(msgspec.Struct, frozen=True, gc=False):
    """A Gateway of one of our classes.

    `listeners` are its own, `sets` are the ListenerSets that name it, in order of precedence.

    `accepted` is False when nothing of it may be served (no listener is valid, parameters are
    invalid, an address type is unsupported). `wanted_addresses` are the IP addresses the spec
    asks for; empty means "assign one". `client_certificate` is the usable Secret whose certificate
    is shown to backends that are reached over TLS.
    """

    key: ObjectKey
    generation: int
    class_name: str
    listeners: tuple[Listener, ...]
    findings: tuple[Finding, ...] = ()
    accepted: bool = True
    wanted_addresses: tuple[str, ...] = ()
    client_certificate: ObjectKey | None = None
    sets: tuple[ListenerSet, ...] = ()

    @property
    def default(self) -> bool:
        """Whether routes that ask for default Gateways get this one (GEP-3793)."""
        return any(each.condition == "DefaultGateway" for each in self.findings)

    @property
    def owners(self) -> "tuple[Gateway | ListenerSet, ...]":
        """Whoever has listeners: itself, and its sets."""
        return (self, *self.sets)

    @property
    def every_listener(self) -> tuple[Listener, ...]:
        """Its own listeners and those of its sets, in order of precedence."""
        if not self.sets:
            return self.listeners
        return (*self.listeners, *(each for one in self.sets for each in one.listeners))

    def listener(self, name: str) -> Listener | None:
        """One of its own listeners."""
        return next((each for each in self.listeners if each.name == name), None)

    def listener_of(self, key: ListenerKey) -> Listener | None:
        """A listener, whoever's it is."""
        return next((each for each in self.every_listener if each.key == key), None)

    def listener_set(self, key: ObjectKey) -> ListenerSet | None:
        return next((each for each in self.sets if each.key == key), None)


class Placement(msgspec.Struct, frozen=True, gc=False):
    """Where a Gateway's ports really are, decided outside the core.

    `addresses` are IP addresses we can bind. `port_offset` is added to ports below 1024 when the
    process may not bind them (0 otherwise). `problem` says why there is no address.
    """

    addresses: tuple[str, ...] = ()
    port_offset: int = 0
    problem: str = ""

    def bound(self, port: int) -> int:
        return port + self.port_offset if port < 1024 else port


class Port(msgspec.Struct, frozen=True, gc=False):
    """One bound port of a Gateway and the accepted listeners behind it.

    `protocol` is HTTP (one shared table), HTTPS (a table per HTTPS listener; TLS listeners may be
    among them), TLS (no listener of HTTPS), TCP or UDP.
    """

    key: PortKey
    protocol: str
    addresses: tuple[str, ...]
    bound_port: int
    listeners: tuple[Listener, ...]
