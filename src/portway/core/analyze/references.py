"""References of routes that do not lead to a backend that answers.

Knows the findings translation left on route rules; adds where the missing object really is.
"""

from collections.abc import Iterator

from portway.core import model
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View

_CODES = {
    "BackendNotFound": "PW020",
    "RefNotPermitted": "PW021",
    "InvalidKind": "PW022",
    "UnsupportedProtocol": "PW022",
}


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW014, PW020 to PW023 and PW099."""
    yield from _layer4(view, inventory)
    for route in sorted(view.routes()):
        rules = view.rules(route)
        if rules is None:
            continue
        for finding in dict.fromkeys(rules.findings):
            yield _finding(inventory, route, finding)
        for cluster in rules.clusters:
            known = view.endpoints(cluster)
            if known is not None and not known.endpoints and cluster.backend in inventory:
                where = f" port {cluster.port}" if cluster.port else ""
                message = f"{cluster.backend}{where} has no ready endpoint"
                yield issue("PW023", route, "spec.rules", message)


def _layer4(view: View, inventory: Inventory) -> Iterator[Issue]:
    for route in sorted(view.routes()):
        found = view.layer4(route)
        for finding in dict.fromkeys(found.findings if found else ()):
            yield _finding(inventory, route, finding)
    for place in view.places():
        pool = view.pool(place.key)
        ready = {backend for each in pool.groups for backend in each.backends} if pool else set()
        for share in place.shares:
            backend = share.backend
            if place.route is None or backend is None or not share.weight or backend in ready:
                continue
            if backend.backend in inventory:
                message = f"{backend.backend} port {backend.port} has no ready endpoint"
                yield issue("PW023", place.route, "spec.rules", message)


def _finding(inventory: Inventory, route: model.ObjectKey, finding: model.Finding) -> Issue:
    code = _CODES.get(finding.reason)
    if code is None:
        refused = finding.condition == "Accepted" and not finding.status
        code = "PW014" if refused else "PW099"
    cure = _elsewhere(inventory, route) if code == "PW020" else ""
    return issue(code, route, "spec.rules", finding.message, cure)


def _elsewhere(inventory: Inventory, route: model.ObjectKey) -> str:
    """Where Services live whose names the route uses but which are not where it looks."""
    found = next((each for each in inventory.routes() if key(each) == route), None)
    if found is None:
        return ""
    hints: list[str] = []
    for rule in found.spec.rules:
        for ref in rule.backend_refs:
            wanted = model.ObjectKey(ref.kind, ref.namespace or route.namespace, ref.name)
            if wanted in inventory:
                continue
            hints += [_hint(wanted, each) for each in inventory.elsewhere(wanted)]
            if close := inventory.similar(wanted):
                hints.append(f"did you mean {wanted.kind} {close}?")
    return "; ".join(dict.fromkeys(hints))


def _hint(wanted: model.ObjectKey, there: model.ObjectKey) -> str:
    return (
        f"{wanted.name} is in namespace {there.namespace}: set backendRefs[].namespace and add a "
        f"ReferenceGrant in {there.namespace}"
    )
