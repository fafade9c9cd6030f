"""What a function is."""

from portway.adapters.apiserver.cel import addresses, lists, patterns, quantities, urls
from portway.adapters.apiserver.cel.function import member, plain, valid


def test_every_overload_has_a_name_of_its_own() -> None:
    parts = (addresses, lists, patterns, quantities, urls)
    names = [each.id for part in parts for each in part.functions()]
    assert len(names) == len(set(names)) > 40
    assert member("f", "text int", "bool", bool).id != plain("f", "text int", "bool", bool).id


def test_valid_is_whether_it_can_be_parsed() -> None:
    assert valid(int)("3")
    assert not valid(int)("x")
