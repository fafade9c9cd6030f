"""A ListenerSet's listeners follow the rules of a Gateway's, and its faults name the set."""

import pytest

from portway.core import api
from tests.core.api.validate import test_listener
from tests.core.api.validate.documents import document, one_listener


def test_it_has_every_rule_that_a_gateways_listeners_have() -> None:
    by_kind = {
        kind: {(rule, path) for rule, path, each, _ in test_listener.CASES if each == kind}
        for kind in ("Gateway", "ListenerSet")
    }
    assert by_kind["ListenerSet"] == by_kind["Gateway"]


def test_a_fault_names_the_set() -> None:
    with pytest.raises(api.InvalidResource) as caught:
        api.decode(document("ListenerSet", one_listener("protocol: TLS")))
    assert (caught.value.kind, caught.value.name) == ("ListenerSet", "x")
