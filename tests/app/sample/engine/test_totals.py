"""Totals start at nothing."""

from dataclasses import astuple

from portway.app.sample.engine.totals import Totals


def test_a_new_engine_has_done_nothing() -> None:
    assert set(astuple(Totals())) == {0}
