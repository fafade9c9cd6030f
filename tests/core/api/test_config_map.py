"""A ConfigMap: text stays text, bytes are decoded."""

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def test_text_and_bytes() -> None:
    found = decoded(api.ConfigMap, data={"a": "yes"}, binaryData={"b": "aGk="})
    assert (found.data, found.binary_data) == ({"a": "yes"}, {"b": b"hi"})


def test_nothing_at_all_is_fine() -> None:
    found = decoded(api.ConfigMap, immutable=True)
    assert (found.data, found.binary_data) == ({}, {})


@pytest.mark.parametrize("key", ["", "a/b", "..", "a b", "x" * 254])
def test_keys_are_names_of_files(key: str) -> None:
    assert fault(api.ConfigMap, data={key: "x"})[1].startswith("data")
