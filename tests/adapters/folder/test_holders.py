"""Who defines what, and who counts."""

from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder.holders import Holders
from portway.adapters.folder.load import Key


def key(name: str) -> Key:
    return Key("ConfigMap", "default", name)


def keys(names: str) -> frozenset[Key]:
    return frozenset(map(key, names))


def test_the_first_file_by_name_counts_and_the_next_takes_over() -> None:
    holders = Holders()
    assert not holders.move("b", keys(""), keys("x"))
    assert holders.first(key("x")) == "b"
    assert holders.move("a", keys(""), keys("x"))
    assert holders.first(key("x")) == "a"
    assert dict(holders.rivals()) == {key("x"): {"a", "b"}}
    assert list(holders.contested(keys("xy"))) == [key("x")]
    assert holders.move("a", keys("x"), keys(""))
    assert holders.first(key("x")) == "b"
    assert dict(holders.rivals()) == {}


def test_an_object_that_nobody_defines_has_no_holder() -> None:
    holders = Holders()
    holders.move("a", keys(""), keys("x"))
    holders.move("a", keys("x"), keys(""))
    assert holders.first(key("x")) is None
    assert holders.of(key("x")) == frozenset()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.frozensets(st.sampled_from("xyz")))))
def test_it_is_what_sets_would_say(steps: list[tuple[str, frozenset[str]]]) -> None:
    holders, files = Holders(), dict[str, frozenset[str]]()
    for path, names in steps:
        old = files.get(path, frozenset())
        others = {name for other in files if other != path for name in files[other]}
        contested = holders.move(path, keys("".join(old)), keys("".join(names)))
        assert contested == bool((old | names) & others)
        files[path] = names
    for name in "xyz":
        having = {path for path, names in files.items() if name in names}
        assert holders.of(key(name)) == having
        assert holders.first(key(name)) == min(having, default=None)
        assert (key(name) in dict(holders.rivals())) == (len(having) > 1)
