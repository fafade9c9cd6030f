"""Ratios are taken within rounds."""

import pytest

from bench.data_path import BARE, CONTROL, PORTWAY, _criteria, _warnings, ratios
from bench.loads import Shot
from bench.rounds import Rounds
from bench.shot import Measured


def shot(rate: float) -> Measured:
    return Measured(Shot(int(rate), 0, 1.0, 0.001, 0.002, 0.1), rate * 1e-4)


def rounds(portway: float, control: float = 1.0, quiet: bool = True) -> Rounds[Measured]:
    """A slow round and a fast one."""
    factors = {BARE: 1.0, CONTROL: control, PORTWAY: portway, "caddy": 2 * portway}
    kept = [{name: shot(r * f) for name, f in factors.items()} for r in (1000.0, 5000.0)]
    return Rounds(kept, quiet, 0)


def test_ratios_do_not_depend_on_how_fast_a_round_was() -> None:
    assert ratios(rounds(0.9), PORTWAY)["rate"] == pytest.approx(0.9)
    assert ratios(rounds(0.9), PORTWAY)["cpu_per_request"] == pytest.approx(1.0)
    assert ratios(rounds(0.9), PORTWAY, "caddy")["rate"] == pytest.approx(0.5)


def test_targets_are_bare_envoy_and_caddy_if_it_is_there() -> None:
    names = [BARE, CONTROL, PORTWAY]
    (only,) = _criteria({32: rounds(0.98)}, names)
    assert only.met
    both = _criteria({32: rounds(0.96)}, [*names, "caddy"])
    assert [each.met for each in both] == [False, False]


def test_a_bad_control_and_a_busy_machine_are_said() -> None:
    assert _warnings({32: rounds(1.0)}) == []
    (bad,) = _warnings({32: rounds(1.0, control=0.8)})
    assert "do not use" in bad
    (busy,) = _warnings({32: rounds(1.0, quiet=False)})
    assert "busy" in busy
