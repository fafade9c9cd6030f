"""What is named is read by as few bytes as can be, in a bounded number of lists."""

from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.kube.discovery import Served
from portway.adapters.kube.extent import EVERYWHERE, Extent
from portway.adapters.kube.needs import EACH, MOST, Needs, Spread
from portway.adapters.kube.protocol import Place
from portway.core.api import Named

SERVED = Served("Secret", "v1", "/api/v1/secrets")


def secrets(count: int, namespace: str = "shop") -> list[Named]:
    return [Named("Secret", namespace, f"cert-{number}") for number in range(count)]


def everywhere(namespaces: int, each: int = 1) -> list[Named]:
    return [one for number in range(namespaces) for one in secrets(each, f"team-{number}")]


def test_what_is_named_by_two_stays_until_neither_names_it() -> None:
    needs = Needs()
    one, two = secrets(2)
    needs.replace("a", frozenset({one, two}))
    needs.replace("b", frozenset({one}))
    needs.replace("a", frozenset())
    assert one in needs
    assert two not in needs
    needs.add("b", frozenset({two}))
    assert one in needs
    needs.replace("b", frozenset({two}))
    assert one not in needs
    assert two in needs


def test_each_is_followed_by_its_name() -> None:
    parts = Spread(SERVED, EVERYWHERE).parts(secrets(2))
    assert [(each.path, each.selector) for each in parts] == [
        ("/api/v1/namespaces/shop/secrets", "metadata.name=cert-0"),
        ("/api/v1/namespaces/shop/secrets", "metadata.name=cert-1"),
    ]
    assert Spread(SERVED, EVERYWHERE).parts([]) == ()


def test_many_of_a_namespace_are_followed_as_one_until_they_are_half_as_many() -> None:
    spread = Spread(SERVED, EVERYWHERE)
    assert len(spread.parts(secrets(EACH))) == EACH
    (whole,) = spread.parts(secrets(EACH + 1))
    assert (whole.path, whole.selector) == ("/api/v1/namespaces/shop/secrets", "")
    assert len(spread.parts(secrets(EACH // 2 + 1))) == 1
    assert len(spread.parts(secrets(EACH // 2))) == EACH // 2


def test_too_many_lists_become_one_of_each_namespace_and_those_one_of_all() -> None:
    spread = Spread(SERVED, EVERYWHERE)
    assert len(spread.parts(everywhere(MOST))) == MOST
    assert len(spread.parts(everywhere(MOST // 2, 3))) == MOST // 2
    (one,) = spread.parts(everywhere(MOST + 1))
    assert one.path == "/api/v1/secrets"
    assert len(spread.parts(everywhere(MOST // 2 + 1))) == 1
    assert len(spread.parts(everywhere(MOST // 2))) == MOST // 2


def test_what_is_outside_of_the_namespaces_that_are_watched_is_not_asked_for() -> None:
    spread = Spread(SERVED, Extent(("shop", "blog")))
    assert spread.parts(secrets(1, "elsewhere")) == ()
    parts = spread.parts([*secrets(1), *secrets(1, "elsewhere")])
    assert [each.namespace for each in parts] == ["shop"]


names = st.builds(
    Named, st.just("Secret"), st.sampled_from([f"n{i}" for i in range(150)]), st.sampled_from("abc")
)


@given(st.lists(st.lists(names, max_size=300), min_size=1, max_size=4))
def test_whatever_was_wanted_before_each_is_in_one_list_and_lists_are_bounded(
    steps: list[list[Named]],
) -> None:
    spread = Spread(SERVED, EVERYWHERE)
    for wanted in steps:
        parts = spread.parts(wanted)
        assert len(parts) <= MOST
        for each in wanted:
            place = Place(each.namespace, each.name)
            assert len([part for part in parts if part.holds(place)]) == 1
