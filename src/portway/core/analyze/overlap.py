"""Matches that never get a request, since an earlier one asks for no more than they do.

Knows that precedence (`model.Match.rank`) already puts the narrower match first: what is left to
shadow a match is an equal one, or a regular expression that fits every path. So a dictionary
finds them all, whatever the number of routes.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from portway.core import model
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.match import describe
from portway.core.explain.view import View
from portway.core.model.match import PREFIX, REGEX
from portway.core.translate.hostname import breadth, narrowed

_EVERY_PATH = frozenset({".*", "/.*", "^.*$", "^/.*$", "^/.*", "(.*)", "/(.*)", ".+", "/?.*"})


class Entry(NamedTuple):
    """One match of one rule; sorts in the order of precedence among equals."""

    wide: tuple[int, int]  # how much wider the route's own host name is
    timeless: bool  # no creation time counts as the newest
    created: str
    namespace: str
    name: str
    rule: int
    place: int
    kind: str

    @property
    def route(self) -> model.ObjectKey:
        return model.ObjectKey(self.kind, self.namespace, self.name)


Found = dict[tuple[model.HostKey, model.Match], list[Entry]]


def issues(view: View) -> Iterator[Issue]:
    """PW050 to PW052, once per losing match with all the hosts it loses on."""
    yield from _places(view)
    found = _collect(view)
    lost: dict[tuple[bool, Entry, Entry, model.Match], list[str]] = defaultdict(list)
    every: dict[model.HostKey, Entry] = {}
    for (host, match), entries in sorted(found.items(), key=lambda item: item[0][0]):
        winner = min(entries)
        for loser in sorted(entries):
            if loser != winner:
                lost[(True, winner, loser, match)].append(host.domain)
        if _takes_everything(match):
            every[host] = min(winner, every.get(host, winner))
    for (host, match), entries in found.items():
        if match.path.kind == PREFIX and host in every:
            for loser in entries:
                lost[(False, every[host], loser, match)].append(host.domain)
    for (equal, winner, loser, match), domains in lost.items():
        yield _issue(equal, winner, loser, match, domains)


def _places(view: View) -> Iterator[Issue]:
    for place in view.places():
        key = place.key
        where = f"port {key.port}/{key.protocol} of {key.gateway}"
        where += f" for {key.domain}" if key.domain else ""
        for loser in place.waiting:
            yield issue("PW052", loser, "spec.parentRefs", f"{place.route} already has {where}")


def _collect(view: View) -> Found:
    protocols = {
        each.key: each.protocol for gateway in view.gateways() for each in gateway.every_listener
    }
    ports = {each.key: each.port for gateway in view.gateways() for each in gateway.every_listener}
    found: Found = defaultdict(list)
    for route in view.routes():
        rules, attachment = view.rules(route), view.attachment(route)
        if rules is None or attachment is None:
            continue
        for host in _hosts(attachment, protocols, ports):
            for rule in rules.rules:
                for place, match in enumerate(rule.matches):
                    age = (not rules.created, rules.created)
                    wide = breadth(narrowed(attachment.asked, host.domain))
                    order = (wide, *age, route.namespace, route.name, rule.index, place)
                    entry = Entry(*order, route.kind)
                    found[(host, _normal(match))].append(entry)
    return found


def _hosts(
    attachment: model.Attachment,
    protocols: dict[model.ListenerKey, str],
    ports: dict[model.ListenerKey, int],
) -> set[model.HostKey]:
    """Two parentRefs of one route to the same listener make one entry, not two."""
    hosts: set[model.HostKey] = set()
    for parent in attachment.parents:
        for listener, domains in parent.hosts:
            section = listener.name if protocols.get(listener) == "HTTPS" else ""
            table = model.TableKey(listener.gateway, ports.get(listener, 0), section)
            hosts.update(model.HostKey(table, domain) for domain in domains)
    return hosts


def _normal(match: model.Match) -> model.Match:
    """Equal in meaning is equal in value: header and query order do not count, nor does how the
    path of a gRPC method was written."""
    return msgspec.structs.replace(
        match,
        headers=tuple(sorted(match.headers, key=lambda each: each.name)),
        queries=tuple(sorted(match.queries, key=lambda each: each.name)),
        grpc=None if match.grpc is None else model.GRPCMethod(),
    )


def _takes_everything(match: model.Match) -> bool:
    bare = not (match.method or match.headers or match.queries or match.grpc)
    return bare and match.path.kind == REGEX and match.path.value in _EVERY_PATH


def _issue(
    equal: bool, winner: Entry, loser: Entry, match: model.Match, domains: list[str]
) -> Issue:
    hosts = ", ".join(sorted(set(domains)))
    field = f"spec.rules[{loser.rule}].matches[{loser.place}]"
    if winner.route == loser.route:
        message = (
            f"[{describe(match)}] on {hosts} is already taken by "
            f"rules[{winner.rule}].matches[{winner.place}] of the same route"
        )
        return issue("PW050", loser.route, field, message)
    message = f"[{describe(match)}] on {hosts} is taken by rules[{winner.rule}] of {winner.route}"
    return issue("PW051" if equal else "PW050", loser.route, field, message)
