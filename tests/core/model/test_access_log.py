"""What is to be written down, as a value."""

from portway.core import model


def test_all_that_is_known_unless_something_is_chosen() -> None:
    assert model.AccessLog() == model.AccessLog(enabled=True, text=False, fields=(), headers=())
    assert model.AccessLog(fields=("time",)) != model.AccessLog(fields=("time", "route"))
