"""Which hosts a host name stands for: exact, `*.suffix`, or `""` and `*` for any.

Knows the host name rules of listeners and routes. Must not know either of them. A wildcard stands
for one or more labels: `*.a.com` covers `x.a.com` and `x.y.a.com` but not `a.com`.
"""

from collections.abc import Iterable
from typing import TypeVar

from portway.core.model import Listener

ANY = "*"
_LONGEST = 253  # characters of a host name

Named = TypeVar("Named", bound=Listener)


def domain(hostname: str) -> str:
    """The host name as a virtual host's domain: lower case, `*` for any."""
    return hostname.lower() or ANY


def exact(domain: str) -> bool:
    """Whether a domain is one host."""
    return not domain.startswith("*")


def covers(wide: str, narrow: str) -> bool:
    """Whether every host of `narrow` is a host of `wide`. Both are domains."""
    if wide in (ANY, narrow):
        return True
    return wide.startswith("*.") and narrow.endswith(wide[1:])


def intersection(one: str, other: str) -> str | None:
    """The hosts that both domains stand for, again a domain; None when there are none."""
    if covers(one, other):
        return other
    return one if covers(other, one) else None


def specificity(name: str) -> tuple[int, int]:
    """Greater is more specific: exact, then wildcards by length, then any."""
    if name == ANY:
        return (0, 0)
    return (1, len(name)) if name.startswith("*.") else (2, len(name))


def narrowed(asked: Iterable[str], domain: str) -> str:
    """The most specific of the host names asked for that stands for a domain and for more; empty
    where the domain itself is asked for, or nothing is (`Attachment.asked`)."""
    covering = [each for each in asked if covers(each, domain)]
    return "" if domain in covering else max(covering, key=specificity, default="")


def breadth(narrowed: str) -> tuple[int, int]:
    """Smaller comes first: a host that is asked for by its name, then what was narrowed from a
    longer wildcard, then from a shorter one, then from any host. Host names are compared as routes
    write them, before anything else (spec: HTTPRouteRule.matches)."""
    kind, length = specificity(narrowed) if narrowed else (2, _LONGEST)
    return (2 - kind, _LONGEST - length)


def owner(listeners: Iterable[Named], name: str) -> Named | None:
    """The most specific of the listeners that covers the whole domain."""
    covering = [each for each in listeners if covers(domain(each.hostname), name)]
    return max(covering, key=lambda each: specificity(domain(each.hostname)), default=None)
