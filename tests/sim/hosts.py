"""Which filter chain and which virtual host get a call: the simulator's reading of Envoy.

Knows SNI and the Host header. Must not know routes.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

_PORT = re.compile(r":[0-9]*\Z")


def chain(chains: Iterable[Json], sni: str | None) -> Json | None:
    """The chain with the most specific server name; without one, the chain that names none."""
    by_name: dict[str, Json] = {}
    for each in chains:
        for name in each.get("filter_chain_match", {}).get("server_names", ("",)):
            assert name not in by_name, f"two chains for {name!r}"
            by_name[name] = each
    return next((by_name[name] for name in _candidates(sni or "", "") if name in by_name), None)


def choose(virtual_hosts: Iterable[Json], host: str) -> Json | None:
    """Exact domain, then the longest `*.suffix`, then `*`; the port in the Host is ignored."""
    by_domain: dict[str, Json] = {}
    for each in virtual_hosts:
        for domain in each["domains"]:
            assert domain not in by_domain, f"two virtual hosts for {domain!r}"
            by_domain[domain] = each
    name = without_port(host)
    return next((by_domain[each] for each in _candidates(name, "*") if each in by_domain), None)


def _candidates(name: str, last: str) -> list[str]:
    """The names to look for, most specific first; case does not matter."""
    labels = name.lower().split(".") if name else []
    wildcards = ["*." + ".".join(labels[at:]) for at in range(1, len(labels))]
    exact = [".".join(labels)] if labels else []
    return [*exact, *wildcards, last]


def without_port(host: str) -> str:
    return _PORT.sub("", host)


def without_trailing_dot(host: str) -> str:
    """`a.com.:80` is `a.com:80`."""
    name = without_port(host)
    return name.removesuffix(".") + host[len(name) :]
