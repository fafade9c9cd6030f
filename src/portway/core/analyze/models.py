"""Rules that go by a model in a way that nobody serves here, and lists of models that nobody gets.

Knows the headers of the body-based routers that Portway does not write, and the word that asks for
a list. Must not know how the header that it does write comes about.
"""

from collections.abc import Iterator

from portway.core import api
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View
from portway.core.translate.model_list import ANNOTATION, LISTED

_UNWRITTEN = "x-gateway-base-model-name"


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW053, once for each rule, and PW054. A rule that goes by ConfigMaps asks for that header no
    more."""
    for route in view.routes():
        rules = view.rules(route)
        for rule in rules.rules if rules else ():
            asked = {header.name for match in rule.matches for header in match.headers}
            if _UNWRITTEN in asked:
                text = f"{_UNWRITTEN} is what the client says, if anything"
                yield issue("PW053", route, f"spec.rules[{rule.index}].matches", text)
    for each in inventory.of(api.HTTPRoute):
        word = each.metadata.annotations.get(ANNOTATION, LISTED)
        if word != LISTED:
            text = f"{ANNOTATION} is {word!r}, so its models are in no list"
            yield issue("PW054", key(each), f"metadata.annotations[{ANNOTATION}]", text)
