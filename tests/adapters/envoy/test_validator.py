"""Envoy's own opinion, in Envoy's own words."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.validator import (
    ValidationFailureError,
    own_words,
    reason,
    validate,
)
from portway.core.schema import Schema


def _cluster(**fields: Any) -> dict[str, Any]:
    return {
        "static_resources": {"clusters": [{"connect_timeout": "1s", "type": "STATIC", **fields}]}
    }


@pytest.mark.envoy
async def test_a_good_configuration_has_no_answer(envoy: Binary) -> None:
    assert await validate(envoy, _cluster(name="c")) is None


@pytest.mark.envoy
@pytest.mark.parametrize(
    ("config", "words"),
    [
        (_cluster(name=""), "ClusterValidationError.Name: value length must be at least 1"),
        (_cluster(name="c", nope=1), "no such field: 'nope'"),
        (_cluster(name="c", type="STRICT"), "unknown enum value: 'STRICT'"),
    ],
)
async def test_the_answer_is_the_reason_and_nothing_of_ours(
    envoy: Binary, config: dict[str, Any], words: str
) -> None:
    answer = await validate(envoy, config)
    assert answer is not None
    assert words in answer
    assert "portway-validate" not in answer
    assert "goo.gle" not in answer
    assert "\n" not in answer


@pytest.mark.envoy
async def test_nothing_is_left_behind(
    envoy: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await validate(envoy, _cluster(name=""))
    assert os.listdir(tmp_path) == []


async def test_a_check_that_hangs_is_given_up(tmp_path: Path) -> None:
    script = tmp_path / "envoy"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    with pytest.raises(ValidationFailureError, match=r"no answer within 0\.1 s"):
        await validate(Binary(script, "0"), {}, limit_seconds=0.1)


async def test_an_executable_that_does_not_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailureError, match="did not start"):
        await validate(Binary(tmp_path / "none", "0"), {})


def test_the_last_record_counts() -> None:
    output = (
        "[2026-01-01 00:00:00.000][1][error][config] [a.cc:1] first\n"
        "[2026-01-01 00:00:00.000][1][critical][main] [b.cc:2] error initializing configuration "
        "'/tmp/portway-validate-x/bootstrap.json': second\nthird\n\n"
    )
    assert own_words(output, 1) == "second third"


def test_silence_is_said() -> None:
    assert "exit status 139" in own_words("\n", 139)


def test_a_printed_message_in_front_of_the_reason_is_left_out() -> None:
    assert reason('goo.gle/debugstr  \nnode {\n  id: "n"\n}\n: the reason') == "the reason"
    assert reason("plain words") == "plain words"


@pytest.mark.envoy
@pytest.mark.parametrize(
    "cluster",
    [
        {"name": "c"},
        {"name": "c", "connect_timeout": "0s"},
        {"name": "c", "health_checks": [{"timeout": "1s", "interval": "1s"}]},
        {"name": "c", "load_assignment": {"cluster_name": ""}},
        {"name": "c", "load_assignment": {"cluster_name": "c", "endpoints": [{"priority": 129}]}},
        {"name": "c", "outlier_detection": {"enforcing_success_rate": 101}},
        {"name": "c", "outlier_detection": {"enforcing_success_rate": 100}},
        {"name": "c", "circuit_breakers": {"thresholds": [{"priority": 9}]}},
    ],
)
async def test_the_schemas_rules_say_what_envoy_says(
    envoy: Binary, schema: Schema, cluster: dict[str, Any]
) -> None:
    config = _cluster(**cluster)
    broken = schema.violations("envoy.config.bootstrap.v3.Bootstrap", config)
    answer = await validate(envoy, config)
    assert (answer is None) is (broken == ())
