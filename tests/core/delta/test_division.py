"""What each owner's proxies get to see: against a plain reading of who needs what."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from portway.core.delta import CDS, EDS, LDS, SDS, Division, Key, Removed, Resource, ResourceSet

CLUSTER: Key = (CDS, "c")
ENDPOINTS: Key = (EDS, "c")


def listener(name: str, owner: str, *needs: Key, version: str = "1") -> Resource:
    return Resource(LDS, name, version, b"", needs, owner)


def shared(key: Key, *needs: Key, version: str = "1") -> Resource:
    return Resource(*key, version, b"", needs)


def keys(part: ResourceSet) -> set[Key]:
    return {(kind, name) for kind in (CDS, EDS, LDS, SDS) for name in part.names(kind)}


def test_an_owner_gets_its_own_and_what_that_leads_to() -> None:
    division = Division()
    touched = division.apply(
        [
            shared(CLUSTER, ENDPOINTS),
            shared(ENDPOINTS),
            shared((CDS, "of nobody")),
            listener("a/80", "a", CLUSTER),
            listener("b/80", "b", (SDS, "not there")),
        ]
    )
    assert touched == {"a", "b"}
    assert keys(division.part("a")) == {(LDS, "a/80"), CLUSTER, ENDPOINTS}
    assert keys(division.part("b")) == {(LDS, "b/80")}
    assert not keys(division.part("of nobody"))


def test_what_comes_later_reaches_whoever_waits_for_it() -> None:
    division = Division()
    division.apply([listener("a/80", "a", CLUSTER), listener("b/80", "b")])
    assert division.apply([shared(CLUSTER, ENDPOINTS)]) == {"a"}
    assert division.apply([shared(ENDPOINTS)]) == {"a"}
    assert division.apply([shared(ENDPOINTS, version="2")]) == {"a"}
    found = division.part("a").get(*ENDPOINTS)
    assert found is not None
    assert found.version == "2"


def test_the_last_use_takes_it_away() -> None:
    division = Division()
    division.apply(
        [
            shared(CLUSTER, ENDPOINTS),
            shared(ENDPOINTS),
            listener("a/80", "a", CLUSTER),
            listener("a/81", "a", CLUSTER),
        ]
    )
    assert division.apply([Removed(LDS, "a/80")]) == {"a"}
    assert CLUSTER in keys(division.part("a"))
    assert division.apply([listener("a/81", "a", version="2")]) == {"a"}
    assert keys(division.part("a")) == {(LDS, "a/81")}
    # What nobody needs any more changes nobody's part.
    assert division.apply([Removed(*CLUSTER)]) == frozenset()


def test_a_change_that_goes_from_one_user_to_another_removes_nothing_in_between() -> None:
    division = Division()
    division.apply([shared(CLUSTER), listener("a/80", "a", CLUSTER), listener("a/81", "a")])
    journal = division.part("a").journal()
    division.apply([listener("a/80", "a", version="2"), listener("a/81", "a", CLUSTER)])
    assert CLUSTER not in set(journal.take())
    assert CLUSTER in keys(division.part("a"))


def test_a_part_is_kept_while_it_is_not_empty_or_read() -> None:
    division = Division()
    division.apply([listener("a/80", "a"), listener("b/80", "b")])
    read, unread = division.part("a"), division.part("b")
    journal = read.journal()
    division.apply([Removed(LDS, "a/80"), Removed(LDS, "b/80")])
    assert division.part("a") is read
    assert division.part("b") is not unread
    assert list(journal.take()) == [(LDS, "a/80")]


NAMES = st.sampled_from("xyz")
KEYS = st.tuples(st.sampled_from((CDS, EDS, SDS)), NAMES)
OWNERS = st.sampled_from(("", "a", "b"))
CHANGES = st.one_of(
    st.builds(
        lambda key, needs, owner, version: Resource(
            key[0], key[1], version, b"", tuple(needs), owner
        ),
        st.one_of(KEYS, st.tuples(st.just(LDS), NAMES)),
        st.lists(KEYS, max_size=3, unique=True).map(lambda found: sorted(found)),
        OWNERS,
        st.sampled_from("12"),
    ),
    st.builds(lambda key: Removed(*key), st.one_of(KEYS, st.tuples(st.just(LDS), NAMES))),
)


def downwards(change: Resource | Removed) -> Resource | Removed:
    """Without needs that could go round in circles, as those of real types cannot."""
    if isinstance(change, Removed):
        return change
    later = {LDS: (CDS, EDS, SDS), CDS: (EDS, SDS), EDS: (SDS,), SDS: ()}[change.type_url]
    needs = tuple(need for need in change.needs if need[0] in later)
    return Resource(change.type_url, change.name, change.version, b"", needs, change.owner)


def expected(everything: Iterable[Resource], owner: str) -> dict[Key, Resource]:
    by_key = {each.key: each for each in everything}
    found: dict[Key, Resource] = {}
    left = [each.key for each in by_key.values() if each.owner == owner]
    while left:
        key = left.pop()
        if key in by_key and key not in found:
            found[key] = by_key[key]
            left += by_key[key].needs
    return found


@given(st.lists(st.lists(CHANGES.map(downwards), max_size=4), max_size=12))
def test_any_changes_in_any_batches(batches: list[list[Resource | Removed]]) -> None:
    division, everything = Division(), dict[Key, Resource]()
    journals = {owner: division.part(owner).journal() for owner in ("a", "b")}
    before: dict[str, dict[Key, Resource]] = {"a": {}, "b": {}}
    for batch in batches:
        touched = division.apply(batch)
        for change in batch:
            if isinstance(change, Removed):
                everything.pop((change.type_url, change.name), None)
            else:
                everything[change.key] = change
        for owner in ("a", "b"):
            part, wanted = division.part(owner), expected(everything.values(), owner)
            assert {key: part.get(*key) for key in keys(part)} == wanted
            news = set(journals[owner].take())
            gone = before[owner].keys() - wanted.keys()
            new = {key for key, each in wanted.items() if before[owner].get(key) != each}
            assert gone <= news
            assert {key for key in new if before[owner].get(key, None) is None} <= news
            assert not news or owner in touched
            before[owner] = wanted
    division.apply([Removed(*key) for key in list(everything)])
    assert not division._uses
    assert not division._all


def test_who_only_looks_makes_no_part() -> None:
    division = Division()
    assert division.there("a") is None
    division.apply([listener("a/80", "a")])
    there = division.there("a")
    assert there is not None
    assert there is division.part("a")
    assert [each.name for each in there.all()] == ["a/80"]
    division.apply([Removed(LDS, "a/80")])
    assert division.there("a") is None
