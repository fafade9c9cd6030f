"""Gateways and their listeners, after references are resolved and conflicts are found.

Knows ports, protocols, hostnames and who may attach; knows nothing of sockets or filter chains.
"""

from collections.abc import Iterable

import msgspec

from portway.core.model.access_log import AccessLog
from portway.core.model.filter import ExternalAuth
from portway.core.model.finding import Finding
from portway.core.model.key import ListenerKey, ObjectKey, PortKey
from portway.core.model.tls import ClientValidation

PARAMETERS = "InvalidParameters"
"""The reason for which a Gateway is not accepted that does not take from it what it serves."""


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
    `validation` is what it asks of clients, if anything. `filters` are what every request passes
    before a route is chosen, in order; None: they cannot be carried out, so nothing may pass.
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
    filters: tuple[ExternalAuth, ...] | None = ()

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


def places(listeners: Iterable[Listener]) -> int:
    """How many filters a request passes at most on its way to a route of these listeners."""
    return max((len(each.filters or ()) for each in listeners), default=0)


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

    `accepted` is False when it is not taken as it is (no listener is valid, parameters are invalid,
    an address type is unsupported). `wanted_addresses` are the IP addresses the spec
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
    def served(self) -> bool:
        """Whether anything of it may be served. For a mistake in what its proxies are like none are
        made or changed, and those that there are go on."""
        refusals = {
            each.reason
            for each in self.findings
            if (each.target, each.parent, each.condition) == (self.key, "", "Accepted")
            and not each.status
        }
        return self.accepted or refusals == {PARAMETERS}

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

    `addresses` are IP addresses the proxy can bind. `port_offset` is added to ports below 1024 when
    it may not bind them (0 otherwise). `problem` says why there is no address. `public` is where
    the Gateway is reached, where that is elsewhere: by a Service, which has the ports as they are
    asked for; None: at the bound addresses and ports.
    """

    addresses: tuple[str, ...] = ()
    port_offset: int = 0
    problem: str = ""
    public: tuple[str, ...] | None = None

    @property
    def reached(self) -> tuple[str, ...]:
        """The addresses at which the Gateway is reached; host names among them."""
        return self.addresses if self.public is None else self.public

    def bound(self, port: int) -> int:
        return port + self.port_offset if port < 1024 else port


class Port(msgspec.Struct, frozen=True, gc=False):
    """One bound port of a Gateway and the accepted listeners behind it.

    `protocol` is HTTP (one shared table), HTTPS (a table per HTTPS listener; TLS listeners may be
    among them), TLS (no listener of HTTPS), TCP or UDP. `log` is what the Gateway wants to be
    written down; None: whatever is written down elsewhere.
    """

    key: PortKey
    protocol: str
    addresses: tuple[str, ...]
    bound_port: int
    listeners: tuple[Listener, ...]
    log: AccessLog | None = None
