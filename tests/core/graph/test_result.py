"""The values a settle returns."""

from portway.core.graph import Change, DuplicateKeyError, Failure, GraphError, Settled


def test_settled_is_true_when_something_happened() -> None:
    assert not Settled({}, (), 3)
    assert Settled({"x": {"k": Change(None, 1)}}, (), 1)
    assert Settled({}, (Failure("x", "k", ValueError("no")),), 1)


def test_a_duplicate_says_who_stands_and_what_to_do() -> None:
    error = DuplicateKeyError("hosts", ("h",), ("a",), ("b",))
    assert isinstance(error, GraphError)
    assert "collection 'hosts'" in str(error)
    assert "the value of ('a',) stands" in str(error)
    assert error.out_key == ("h",)
