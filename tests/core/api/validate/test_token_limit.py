"""Rules on TokenLimit.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from portway.core import api
from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("token-limit-header-once", "spec.limits[0].by[1]", "TokenLimit",
     "spec: {limits: [{tokens: 1, per: Day, by: [{header: A}, {header: a}]}]}"),
    ("token-limit-once", "spec.limits[1]", "TokenLimit",
     "spec: {limits: [{tokens: 1, per: Day, by: [{header: A}, {header: b}]},"
     " {tokens: 2, per: Day, by: [{header: B}, {header: a}]}]}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]


def test_limits_that_differ_in_one_thing_may_stand_together() -> None:
    spec = """
    spec:
      limits:
      - {tokens: 1, per: Day}
      - {tokens: 1, per: Hour}
      - {tokens: 1, per: Day, count: Prompt}
      - {tokens: 1, per: Day, by: [{header: a}]}
    """
    assert isinstance(api.decode(document("TokenLimit", spec)), api.TokenLimit)
