"""CPU of a pool nobody uses."""

from pathlib import Path

import pytest

from bench.inference import idle, site

pytestmark = pytest.mark.envoy


async def test_a_share_of_a_core_for_each_arm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "_SETTLE_SECONDS", 0.0)
    outcome = await idle.measure(1.0, tmp_path, lambda _: None)
    share = outcome.data[site.POOL]
    assert 0 <= share < 2
    assert outcome.criteria[0].measured == share * 100
