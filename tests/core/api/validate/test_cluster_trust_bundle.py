"""Name and signer of a ClusterTrustBundle.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from portway.core import api
from tests.core.api.validate.documents import Case, broken, document

SIGNED = "spec: {signerName: example.com/signer, trustBundle: x}"
CASES: list[Case] = [
    ("trust-bundle-name", "metadata.name", "ClusterTrustBundle", SIGNED),
]


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]


def test_colons_belong_to_signers() -> None:
    bare = document("ClusterTrustBundle", "{}", name="a:b")
    assert broken(bare) == [("trust-bundle-name", "metadata.name")]
    signed = document("ClusterTrustBundle", SIGNED, name="example.com:signer:v1")
    assert api.decode(signed).name == "example.com:signer:v1"
