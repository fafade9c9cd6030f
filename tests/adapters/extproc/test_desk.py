"""The shapes of a desk's questions and answers."""

from portway.adapters.extproc.desk import Desk, Held, Picked, Request
from tests.adapters.extproc import talk


async def test_whoever_has_these_methods_is_a_desk() -> None:
    desk: Desk = talk.Desk()
    found = await desk.decide(Request({"a": "b"}))
    assert isinstance(found, Picked)
    held: Held = found.held
    held.done(200)
    assert (found.body, found.headers, found.scores) == (None, {}, {})


def test_answers_share_nothing() -> None:
    one, two = (Picked("1.1.1.1:1", talk.Held()) for _ in range(2))
    assert one.answer_headers is not two.answer_headers
