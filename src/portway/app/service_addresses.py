"""Where Gateways are reached whose proxies a cluster runs: what their Services say.

Knows what of a Service is an address, and which kinds of addresses its Pods have then. Must not
know who gives it. The proxies themselves listen at every address of their Pods, on ports that
anybody may bind: at those of IPv6 only where there are some, since a machine without IPv6 may not
even be able to try.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from portway.adapters.kube.provisioner import Made
from portway.core import infra, model

_EVERYWHERE: Final = ("0.0.0.0",)
_WITH_IPV6: Final = ("::",)  # and IPv4 with it, where there is any
_OFFSET: Final = 10_000


class _Ingress(msgspec.Struct):
    ip: str = ""
    hostname: str = ""


class _Balancer(msgspec.Struct):
    ingress: tuple[_Ingress, ...] = ()


class _Status(msgspec.Struct, rename="camel"):
    load_balancer: _Balancer = msgspec.field(default_factory=_Balancer)


class _Spec(msgspec.Struct, rename="camel"):
    type: str = "ClusterIP"
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    cluster_ips: tuple[str, ...] = msgspec.field(default=(), name="clusterIPs")
    ip_families: tuple[str, ...] = ()


class _Service(msgspec.Struct):
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _Seen(NamedTuple):
    """Of one Service."""

    reached: tuple[str, ...]
    ipv6: bool


class ServiceAddresses:
    """The addresses of all Services that were made for Gateways."""

    def __init__(self, moved: Callable[[], None]) -> None:
        """``moved`` is called when one of them has changed."""
        self._moved = moved
        self._at: dict[tuple[str, str], _Seen] = {}
        # By Gateway, which keeps where it listens while somebody deletes its Service.
        self._ipv6: dict[model.ObjectKey, bool] = {}

    def seen(self, made: Made, raw: msgspec.Raw | None) -> None:
        """An object that was made for some Gateway, as it is now; None: it is gone."""
        if made.kind != "Service":
            return
        place = (made.namespace, made.name)
        before = self._at.get(place)
        if raw is None:
            self._at.pop(place, None)
        else:
            service = msgspec.json.decode(raw, type=_Service)
            self._at[place] = _Seen(_addresses(service), "IPv6" in service.spec.ip_families)
        if self._at.get(place) != before:
            self._moved()

    def place(
        self, gateways: Mapping[model.ObjectKey, model.Gateway]
    ) -> dict[model.ObjectKey, model.Placement]:
        """A placement for each Gateway."""
        for gone in self._ipv6.keys() - gateways.keys():
            del self._ipv6[gone]
        return {key: self._of(key, gateway) for key, gateway in gateways.items()}

    def _of(self, key: model.ObjectKey, gateway: model.Gateway) -> model.Placement:
        name = infra.generated_name(key.name, gateway.class_name)
        found = self._at.get((key.namespace, name))
        problem = ""
        if found is None:
            problem = f"Service {key.namespace}/{name} is not there yet"
        else:
            self._ipv6[key] = found.ipv6
            if not found.reached:
                problem = f"Service {key.namespace}/{name} has none yet"
        bound = _WITH_IPV6 if self._ipv6.get(key) else _EVERYWHERE
        return model.Placement(bound, _OFFSET, problem, found.reached if found else ())


def _addresses(service: _Service) -> tuple[str, ...]:
    if service.spec.type == "LoadBalancer":
        found = [each.ip or each.hostname for each in service.status.load_balancer.ingress]
    else:
        # A node's port is reached at any node; what the cluster itself uses are addresses too.
        spec = service.spec
        found = [each for each in (spec.cluster_ip, *spec.cluster_ips) if each != "None"]
    return tuple(dict.fromkeys(each for each in found if each))
