"""What the proxies of a Gateway are to be like: its parameters and those of its class.

Knows which objects may be named, how two are put together and what cannot be done. Must not know
what is made of them (`core.infra`). On one machine nothing is: there the parameters are read, and
mean nothing.
"""

import re
from typing import NamedTuple

import msgspec

from portway.core import api, model
from portway.core.translate.world import World

# What is in these lets whoever reads the log in.
_SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization"))
# What else a header's name may have would mean something where the line is described.
_PLAIN = re.compile(r"[-A-Za-z0-9_]+")
_CURE = f"name a ProxyConfig of group {api.PORTWAY_GROUP!r}, or remove it."


class Parameters(NamedTuple):
    """``fault`` says why those that are named do not count; a sentence without its beginning.
    ``spec`` is then what they last were without a fault, if they ever were: a mistake must not
    take away what the proxies were doing."""

    spec: api.ProxyConfigSpec | None = None
    fault: str = ""


def of_class(obj: api.GatewayClass, world: World) -> Parameters:
    """Those that a class names; its reference has to say in which namespace they are."""
    ref = obj.spec.parameters_ref
    if ref is None:
        return Parameters()
    return _named(ref.group, ref.kind, ref.namespace, ref.name, world)


def of_gateway(obj: api.Gateway, world: World) -> Parameters:
    """Those that a Gateway itself names, in its own namespace (GEP-1867)."""
    infrastructure = obj.spec.infrastructure
    ref = infrastructure.parameters_ref if infrastructure is not None else None
    if ref is None:
        return Parameters()
    return _named(ref.group, ref.kind, obj.namespace, ref.name, world)


def proxy_parameters(obj: api.Gateway, world: World) -> api.ProxyConfigSpec:
    """What counts for a Gateway: its own, where they say nothing those of its class."""
    cls = world.gateway_class(obj.spec.gateway_class_name)
    first = of_gateway(obj, world).spec or api.ProxyConfigSpec()
    second = (of_class(cls, world).spec if cls is not None else None) or api.ProxyConfigSpec()
    if first.autoscaling is not None or first.kind == "DaemonSet":
        second = msgspec.structs.replace(second, replicas=None)
    if first.replicas is not None or first.kind == "DaemonSet":
        second = msgspec.structs.replace(second, autoscaling=None)
    return _over(first, second)


def access_log(obj: api.Gateway, world: World) -> model.AccessLog | None:
    """What a Gateway's proxies are to write down; None where nobody says anything."""
    asked = proxy_parameters(obj, world).access_log
    if asked is None:
        return None
    headers = tuple(dict.fromkeys(each.lower() for each in asked.request_headers))
    return model.AccessLog(asked.enabled, asked.format == "Text", asked.fields, headers)


def _over(first: api.ProxyConfigSpec, second: api.ProxyConfigSpec) -> api.ProxyConfigSpec:
    nothing = api.ProxyConfigSpec()
    return api.ProxyConfigSpec(
        **{
            name: getattr(first if getattr(first, name) != getattr(nothing, name) else second, name)
            for name in api.ProxyConfigSpec.__struct_fields__
        }
    )


def _named(group: str, kind: str, namespace: str, name: str, world: World) -> Parameters:
    if (group, kind) != (api.PORTWAY_GROUP, api.ProxyConfig.kind):
        return Parameters(None, f"names {kind} {name} of group {group!r}; {_CURE}")
    if not namespace:
        return Parameters(None, f"names ProxyConfig {name} without a namespace; add it.")
    found = world.proxy_config(namespace, name)
    if found is None:
        return Parameters(
            world.good_parameters(namespace, name),
            f"names ProxyConfig {namespace}/{name}, which does not exist; create it.",
        )
    wrong = parameter_fault(found.spec)
    if wrong:
        good = world.good_parameters(namespace, name)
        return Parameters(good, f"names ProxyConfig {namespace}/{name}, where {wrong}.")
    return Parameters(found.spec)


def parameter_fault(spec: api.ProxyConfigSpec) -> str:
    """What cannot be done of it, with the cure; empty where all can."""
    found = api.flag_fault(spec.envoy_flags)
    if found:
        return f"spec.envoyFlags{found}"
    asked = spec.access_log.request_headers if spec.access_log is not None else ()
    for place, name in enumerate(asked):
        if not _PLAIN.fullmatch(name):
            return (
                f"spec.accessLog.requestHeaders[{place}] {name!r} has more than letters, digits, "
                "'-' and '_'; remove it"
            )
        if name.lower() in _SECRET_HEADERS:
            return (
                f"spec.accessLog.requestHeaders[{place}] {name} would write down what lets its "
                "reader in; remove it"
            )
    return ""
