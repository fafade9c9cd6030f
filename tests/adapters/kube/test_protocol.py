"""The envelopes of lists and watches."""

import msgspec
import pytest

from portway.adapters.kube import protocol
from portway.adapters.kube.failure import Garbled


def test_a_page_with_and_without_items() -> None:
    found = protocol.page(
        b'{"kind":"L","metadata":{"resourceVersion":"7","continue":"x"},"items":[{"a":1},2]}'
    )
    assert (found.metadata.resource_version, found.metadata.more) == ("7", "x")
    assert [bytes(each) for each in found.items or ()] == [b'{"a":1}', b"2"]
    # What Go's nil slice becomes.
    assert protocol.page(b'{"metadata":{},"items":null}').items is None


def test_an_object_from_afar() -> None:
    found = protocol.head(
        msgspec.Raw(b'{"metadata":{"name":"a","namespace":"b","resourceVersion":"3"},"spec":[]}')
    )
    assert found.place == protocol.Place("b", "a")
    assert found.revision == "3"


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"metadata":3}'])
def test_what_is_none_of_it(text: bytes) -> None:
    with pytest.raises(Garbled):
        protocol.page(text)
    with pytest.raises(Garbled):
        protocol.event(text)
    with pytest.raises(Garbled):
        protocol.head(msgspec.Raw(text))


@pytest.mark.parametrize(
    ("one", "other", "is_newer"),
    [("10", "9", True), ("9", "10", False), ("9", "9", False), ("a", "9", True), ("9", "", True)],
)
def test_revisions_are_numbers(one: str, other: str, is_newer: bool) -> None:
    assert protocol.newer(one, other) is is_newer
