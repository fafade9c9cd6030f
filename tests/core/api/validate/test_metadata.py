"""What holds for the metadata of every kind.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    (
        "annotations-size",
        "metadata.annotations",
        "ConfigMap",
        f"metadata: {{annotations: {{a: {'x' * 262144}}}}}",
    ),
]


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
