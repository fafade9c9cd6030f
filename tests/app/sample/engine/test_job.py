"""Jobs and events are values."""

from dataclasses import FrozenInstanceError

import pytest

from portway.app.sample.engine.job import Finished, Job, Started


def test_they_are_equal_by_what_they_say() -> None:
    assert Job(1, ("a",), 16, 4) == Job(1, ("a",), 16, 4, adapter="")
    assert Started(1, 0.5, 1.0, 0) != Started(1, 0.5, 1.0, 16)


def test_they_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Finished(1, 2.0).time = 3.0  # type: ignore[misc]
