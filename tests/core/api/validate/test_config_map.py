"""Keys and size of a ConfigMap.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("config-map-key-once", "binaryData[a]", "ConfigMap", "{data: {a: x}, binaryData: {a: ''}}"),
    ("config-map-size", "data", "ConfigMap", f"data: {{a: {'x' * 1048576}}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
