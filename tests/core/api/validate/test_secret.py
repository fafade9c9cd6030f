"""Keys and size of a Secret.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import ABOVE_LIMIT, Case, broken, document

CASES: list[Case] = [
    ("secret-tls-keys", "data[tls.key]", "Secret",
     "{type: kubernetes.io/tls, data: {tls.crt: ''}}"),
    ("secret-tls-keys", "data[tls.crt]", "Secret",
     "{type: kubernetes.io/tls, data: {tls.key: ''}}"),
    ("secret-size", "data", "Secret", f"data: {{a: {ABOVE_LIMIT}}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
