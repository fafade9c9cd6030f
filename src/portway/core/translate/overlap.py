"""TLS listeners of one port whose names overlap: OverlappingTLSConfig (GEP-3567).

A client that coalesces connections may send a request over another listener's connection. Knows
host names and the names of certificates. Must not know conflicts, which are settled before. Looks
names up rather than compare all listeners with each other, since ListenerSets may bring thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from portway.core import model
from portway.core.translate.hostname import ANY, domain
from portway.core.translate.listener import Judged

_WITH_TLS = ("HTTPS", "TLS")
_MOST_NAMES = 5  # listed in a message; the others are counted


def note_overlaps(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """The listeners, with a note on each accepted one whose names another one of its port has."""
    found = tuple(judged)
    by_port: dict[int, list[Judged]] = defaultdict(list)
    for each in found:
        if each.listener.accepted and each.listener.protocol in _WITH_TLS:
            by_port[each.listener.port].append(each)
    notes: dict[model.ListenerKey, model.Finding] = {}
    for members in by_port.values():
        notes |= _notes(members)
    return tuple(
        each._replace(findings=(*each.findings, notes[each.listener.key]))
        if each.listener.key in notes
        else each
        for each in found
    )


def called(other: model.Listener, by: model.Listener) -> str:
    """A listener as the owner of `by` may know it: nobody is told what is in another namespace, but
    for the Gateway."""
    owner = other.key.owner
    if owner == by.key.owner:
        return other.name
    if owner.kind == "Gateway" or owner.namespace == by.key.owner.namespace:
        return f"listener {other.name} of {owner}"
    return "a listener of a ListenerSet of another namespace"


def _notes(members: list[Judged]) -> dict[model.ListenerKey, model.Finding]:
    listeners = {each.listener.key: each.listener for each in members}
    hosts = _overlaps({key: (domain(each.hostname),) for key, each in listeners.items()})
    names = _overlaps({each.listener.key: each.names for each in members})
    places = {key: place for place, key in enumerate(listeners)}
    notes = {}
    for key, one in listeners.items():
        others = sorted(hosts.get(key) or names.get(key) or (), key=places.__getitem__)
        if not others:
            continue
        who = _listed([called(listeners[each], one) for each in others])
        if key in hosts:
            reason, what = "OverlappingHostnames", f"the hostname overlaps that of {who}"
        else:
            reason = "OverlappingCertificates"
            what = f"the certificate has names in common with that of {who}"
        words = f"{key}: {what}; a client may reuse a connection for a host of the other listener."
        notes[key] = model.Finding(key.owner, key.name, "OverlappingTLSConfig", reason, words, True)
    return notes


def _overlaps(
    names: Mapping[model.ListenerKey, Iterable[str]],
) -> dict[model.ListenerKey, set[model.ListenerKey]]:
    """Which listeners have a name that covers one of another, in either direction."""
    holders: dict[str, list[model.ListenerKey]] = defaultdict(list)
    for key, own in names.items():
        for each in own:
            holders[each].append(key)
    found: dict[model.ListenerKey, set[model.ListenerKey]] = defaultdict(set)
    for key, own in names.items():
        for wide in {wide for each in own for wide in _covering(each)}:
            for other in holders.get(wide, ()):
                if other != key:
                    found[key].add(other)
                    found[other].add(key)
    return found


def _covering(name: str) -> Iterator[str]:
    """Every domain that covers a domain, itself among them."""
    yield name
    yield ANY
    dot = name.find(".")
    while dot >= 0:
        yield f"*{name[dot:]}"
        dot = name.find(".", dot + 1)


def _listed(names: list[str]) -> str:
    shown = list(dict.fromkeys(names))
    more = len(shown) - _MOST_NAMES
    text = ", ".join(shown[:_MOST_NAMES])
    return f"{text} and {more} more" if more > 0 else text
