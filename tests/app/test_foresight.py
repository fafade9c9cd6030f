"""Pools of an explanation and the pickers that tell: which are asked, and what."""

from typing import Any

import pytest
from msgspec.structs import replace

from portway.app import foresight
from portway.app.picker.question import NoAnswer, Question
from portway.core.explain import Answer, Explanation, Trace, from_url
from portway.core.explain.trace import Destination
from portway.core.pick import Told

REQUEST = replace(from_url("POST", "http://h/v1", ["X-A: 1"]), body=b"0123456789")


def explanation(*destinations: Destination) -> Explanation:
    answer = Answer("forward", "")
    trace = Trace("Gateway a/b", 80, 80, "HTTP", answer, destinations=destinations)
    return Explanation(REQUEST, answer, (trace,))


def test_each_pool_is_asked_where_its_picker_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def ask(address: str, question: Question) -> Told:
        asked.append((address, question.pool, question.body, question.headers["x-a"]))
        if "b" in question.pool:
            raise NoAnswer("nobody is there")
        return Told("because", ("a:1",))

    monkeypatch.setattr(foresight, "ask", ask)
    found = foresight.picks(
        explanation(
            Destination("InferencePool x/a", 1, 25.0, picker="epp"),
            Destination("InferencePool x/b", 1, 25.0, picker="epp", shown=4),
            Destination("InferencePool x/c", 1, 25.0, picker="epp"),
            Destination("Service x/d:80", 1, 25.0),
        ),
        REQUEST,
        lambda pool: "" if pool.endswith("c") else f"at {pool}",
    )
    assert found == {
        "InferencePool x/a": Told("because", ("a:1",)),
        "InferencePool x/b": Told("nobody is there"),
    }
    assert asked == [
        ("at InferencePool x/a", "x/a", b"0123456789", "1"),
        ("at InferencePool x/b", "x/b", b"0123", "1"),
    ]
