"""A Namespace is named by a single label: its name becomes part of others' names."""

import pytest

from portway.core import api
from tests.core.api.validate.documents import broken, document


@pytest.mark.parametrize("kind", ["Service", "Namespace"])
@pytest.mark.parametrize("name", ["a.b", "a" * 64])
def test_some_names_are_single_labels(kind: str, name: str) -> None:
    assert broken(document(kind, "{}", name)) == [("name-dns-label", "metadata.name")]


def test_other_kinds_may_have_dots() -> None:
    assert api.decode(document("ConfigMap", "{}", "a.b")).name == "a.b"
