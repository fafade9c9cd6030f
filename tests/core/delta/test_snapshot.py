"""Everything an owner's proxies hold, as bytes and back again."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import delta

RESOURCES = st.builds(
    delta.Resource,
    st.sampled_from(delta.PUSH_ORDER),
    st.text(max_size=20),
    st.text(max_size=8),
    st.binary(max_size=40),
    st.lists(st.tuples(st.sampled_from(delta.PUSH_ORDER), st.text(max_size=8)), max_size=3).map(
        tuple
    ),
    st.text(max_size=8),
)
SNAPSHOT = delta.Snapshot("shop/web", "now", (delta.Resource(delta.CDS, "a", "1", b"body"),))


@given(st.lists(RESOURCES, max_size=6))
def test_what_was_kept_comes_back(resources: list[delta.Resource]) -> None:
    snapshot = delta.Snapshot("shop/web", "then", tuple(resources))
    assert delta.unpack(delta.pack(snapshot)) == snapshot


@given(st.binary(max_size=60))
def test_whatever_else_is_there_is_no_snapshot(data: bytes) -> None:
    for each in (data, delta.pack(SNAPSHOT)[:19] + data, delta.pack(SNAPSHOT)[:-1]):
        with pytest.raises(delta.SnapshotError):
            delta.unpack(each)


def test_what_grows_beyond_all_measure_is_not_unpacked() -> None:
    head = delta.pack(SNAPSHOT)[:19]
    packer = zlib.compressobj(1)
    piece = bytes(16 * 1024 * 1024)
    body = b"".join(packer.compress(piece) for _ in range(17)) + packer.flush()
    with pytest.raises(delta.SnapshotError, match="too large"):
        delta.unpack(head + body)


def test_the_digest_is_of_what_is_held_and_of_nothing_else() -> None:
    one = delta.Resource(delta.CDS, "a", "1", b"x")
    two = delta.Resource(delta.EDS, "a", "1", b"y")
    newer = delta.Resource(delta.CDS, "a", "2", b"z")
    assert delta.digest([one, two]) == delta.digest([two, one])
    assert len({delta.digest(each) for each in ([one], [two], [newer], [one, two], [])}) == 5
