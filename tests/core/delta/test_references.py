"""References and waits keep nothing that is over."""

from portway.core.delta import CDS, LDS, RDS
from portway.core.delta.references import Uses, Waits

A, B, ROUTE, OTHER, WEB = (CDS, "a"), (CDS, "b"), (RDS, "r"), (RDS, "o"), (LDS, "web")


def test_users_follow_what_is_held() -> None:
    uses = Uses()
    uses.replace(ROUTE, (A, B))
    uses.replace(OTHER, (B,))
    assert set(uses.users(A)) == {ROUTE}
    assert set(uses.users(B)) == {ROUTE, OTHER}
    uses.replace(ROUTE, (B,))
    assert set(uses.users(A)) == set()
    uses.replace(ROUTE, ())
    uses.replace(OTHER, ())
    assert len(uses) == 0


def test_old_and_new_count_while_both_may_be_held() -> None:
    uses = Uses()
    uses.replace(ROUTE, (A,))
    uses.extend(ROUTE, (B,))
    assert set(uses.users(A)) == set(uses.users(B)) == {ROUTE}
    uses.replace(ROUTE, (B,))
    assert set(uses.users(A)) == set()


def test_unknown_content_may_use_what_its_type_uses() -> None:
    uses = Uses()
    uses.unknown(ROUTE)
    assert set(uses.users(A)) == {ROUTE}
    assert set(uses.users(WEB)) == set()
    uses.extend(ROUTE, (B,))
    assert set(uses.users(A)) == {ROUTE}
    uses.replace(ROUTE, (B,))
    assert set(uses.users(A)) == set()
    uses.replace(ROUTE, ())
    assert len(uses) == 0


def test_a_user_of_a_later_type_does_not_keep_an_earlier_one() -> None:
    uses = Uses()
    uses.replace(A, (WEB, B))
    assert set(uses.users(WEB)) == set()
    assert set(uses.users(B)) == set()


def test_a_user_is_one_whether_it_was_told_once_or_twice() -> None:
    uses = Uses()
    for _ in range(2):
        uses.replace(ROUTE, (A,))
        uses.extend(ROUTE, (A, B))
    assert list(uses.users(A)) == [ROUTE]
    for other in (OTHER, (RDS, "p")):
        uses.replace(other, (A,))
    assert set(uses.users(A)) == {ROUTE, OTHER, (RDS, "p")}
    for each in (OTHER, ROUTE):
        uses.replace(each, ())
    assert list(uses.users(A)) == [(RDS, "p")]
    uses.replace((RDS, "p"), ())
    assert len(uses) == 0


def test_waits() -> None:
    waits = Waits()
    waits.add(ROUTE, A)
    waits.add(OTHER, A)
    assert waits.waiting() == {ROUTE: A, OTHER: A}
    assert waits.on(A)
    assert list(waits.of(RDS)) == [ROUTE[1], OTHER[1]]
    assert list(waits.of(CDS)) == []
    waits.forget(OTHER)
    waits.forget(OTHER)
    assert set(waits.wake(A)) == {ROUTE}
    assert set(waits.wake(A)) == set()
    assert len(waits) == 0
    waits.add(ROUTE, B)
    waits.forget(ROUTE)
    assert not waits.on(B)
