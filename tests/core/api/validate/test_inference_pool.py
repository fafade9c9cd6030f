"""Ports and the picker reference of an InferencePool.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("target-port-unique", "spec.targetPorts[1].number", "InferencePool",
     "spec: {targetPorts: [{number: 8000}, {number: 8000}]}"),
    ("picker-port-required", "spec.endpointPickerRef.port", "InferencePool",
     "spec: {endpointPickerRef: {name: epp}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
