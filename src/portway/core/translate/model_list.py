"""The models of a host: the names that its rules ask for, where routes want them listed.

Knows which names a client that reads the list may ask for: those of rules that send somewhere and
ask for nothing else that not every client has. What a name leads to is the rule's business; what a
server behind it has besides cannot be asked for by anybody, so it is not in the list. Must not know
what the list looks like.
"""

from collections.abc import Iterable, Iterator

from portway.core import api, model
from portway.core.model.match import EXACT, PREFIX

ANNOTATION = "portway.dev/models"
"""Of an HTTPRoute: whether the models of its rules are in the lists of its hosts."""
LISTED = "listed"
MOST = 1000
"""Models of a list; the first ones by name. Every worker of the proxy keeps it."""

_HEADER = "x-gateway-model-name"
_PATH = "/v1/models"


def lists(route: api.Resource) -> bool:
    """Whether a route wants the models that it asks for to be listed."""
    return route.kind == "HTTPRoute" and route.metadata.annotations.get(ANNOTATION) == LISTED


def listing(brought: Iterable[model.Contribution]) -> model.Contribution | None:
    """What answers for all of what routes bring to a host that wants to be listed; None: nothing
    does. It comes after every rule that says as much of the path.

    Clients are let in to the list as they are to every model in it, or else the models to which not
    everybody is let in are not in it.
    """
    asking = sorted((each for each in brought if each.lists), key=lambda each: each.route)
    if not asking:
        return None
    rules = [rule for each in asking for rule in each.rules if _sends(rule) and any(_names(rule))]
    guards = [_guards(rule) for rule in rules]
    common = guards[0] if guards and all(each == guards[0] for each in guards) else ()
    open_ = [
        rule
        for rule, own in zip(rules, guards, strict=True)
        if own == common or not any(isinstance(each, model.ExternalAuth) for each in own)
    ]
    names = sorted({name for rule in open_ for name in _names(rule)})[:MOST]
    first = asking[0]
    rule = model.Rule(
        index=1 + max((each.index for each in first.rules), default=-1),
        matches=(model.Match(model.PathMatch(PREFIX, _PATH), "GET"),),
        action=model.Forward(),
        filters=common,
        name="models",
        models=tuple(names),
    )
    return model.Contribution(first.route, "", (rule,)) if names else None


def _sends(rule: model.Rule) -> bool:
    """Whether requests get anywhere."""
    shares = rule.action.shares
    there = any(each.weight and each.backend and not each.withheld for each in shares)
    return there and not rule.broken and rule.redirect is None


def _names(rule: model.Rule) -> Iterator[str]:
    """The models that a rule asks for, and nothing else that a client has to have."""
    for each in rule.matches:
        if each.grpc is None and len(each.headers) == 1 and not each.queries:
            (header,) = each.headers
            if header.name == _HEADER:
                yield from (header.value,) if header.kind == EXACT else header.any_of


def _guards(rule: model.Rule) -> tuple[model.Filter, ...]:
    """What decides who may ask."""
    kinds = (model.ExternalAuth, model.Cors)
    return tuple(each for each in rule.filters if isinstance(each, kinds))
