"""A request from its pick to its end."""

from portway.app.picker.asking import Asked
from portway.app.picker.held import Held
from portway.app.picker.numbers import Numbers, PoolNumbers
from portway.core.pick import Ask, Pool, Refusal, Target
from portway.core.pick.pool import everybody


def test_it_is_told_once_who_has_it_and_that_it_is_over() -> None:
    pool, ends = Pool(), []
    pool.update([Target("a:1"), Target("b:1")])
    found = pool.pick(Ask(subset=frozenset({"a:1"})), 0.0)
    assert not isinstance(found, Refusal)
    what = Asked(Ask(), "m")
    numbers = PoolNumbers(Numbers(), "p")
    held = Held(pool, found[1], numbers, what, lambda: 0.0, lambda: ends.append(1))
    held.answer_headers = {}
    held.served("")
    assert (held.answer_headers, found[1].address) == ({}, "a:1")
    held.served("b:1")
    assert held.answer_headers == {"x-conformance-test-served-endpoint": "b:1"}
    assert {each.address: each.own for each in everybody(pool, 0.0)} == {"a:1": 0, "b:1": 1}
    held.done(200)
    held.done(500)
    assert ends == [1]
    assert sum(each.own for each in everybody(pool, 0.0)) == 0
