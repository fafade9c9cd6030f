"""Which flags of the proxy may be set: those that it takes, and none of ours."""

import subprocess
from pathlib import Path

import pytest

from portway.adapters.envoy import binary
from portway.adapters.envoy.supervisor import said
from portway.core.api import flag_fault, proxy_flags

GOOD = (
    "--log-level=info",
    "--component-log-level=upstream:debug,http:trace",
    "--file-flush-interval-msec=500",
    "--file-flush-min-size-kb=16",
    "--cpuset-threads",
    "--log-format-escaped",
    "--log-stacktrace-single-entry",
    "--skip-deprecated-logs",
)


def test_every_allowed_one_has_a_way_to_be_written() -> None:
    assert flag_fault(()) == ""
    assert flag_fault(GOOD) == ""
    assert {each.partition("=")[0] for each in GOOD} == set(proxy_flags.ALLOWED)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["-l info"], "[0] '-l info' is not written as --name or --name=value; write it so"),
        (["--log-level info"], "[0] '--log-level info' is not written as"),
        (["--log-level=info\n--mode=x"], "is not written as"),
        (["--log-level=loud"], "[0] --log-level needs one of trace"),
        (["--log-level"], "[0] --log-level needs a value; write --log-level=VALUE"),
        (["--log-level=info", "--log-level=off"], "[1] --log-level is there twice; leave one"),
        (["--component-log-level=htpp:info"], "names 'htpp', which is no part of the proxy"),
        (["--component-log-level=http"], "gives http no level; write http:LEVEL"),
        (["--skip-deprecated-logs=yes"], "takes no value; write the name alone"),
        (["--file-flush-interval-msec=soon"], "needs a positive number"),
        (["--concurrency=4"], "[0] --concurrency is set by spec.concurrency; write it there"),
        (["--drain-time-s=4"], "is set by spec.drainSeconds; write it there"),
        (["--config-path=/x"], "the way to the control plane depends on it; remove it"),
        (["--unheard-of"], "[0] --unheard-of is not one of those that may be set: --component"),
    ],
)
def test_everything_else_is_refused_with_a_cure(flags: list[str], words: str) -> None:
    assert words in flag_fault(flags)


@pytest.mark.envoy
def test_envoy_takes_all_that_may_be_set(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")
    every = ",".join(f"{each}:error" for each in sorted(proxy_flags._COMPONENTS))
    for components in (GOOD[1], f"--component-log-level={every}"):
        flags = said((GOOD[0], components, *GOOD[2:]))
        command = [str(binary.locate().path), "-c", str(config), "--mode", "validate", *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


@pytest.mark.envoy
def test_envoy_has_every_flag_that_is_spoken_of() -> None:
    done = subprocess.run(
        [binary.locate().path, "--help"], capture_output=True, text=True, timeout=60
    )
    for name in (*proxy_flags.ALLOWED, *proxy_flags._CURES):
        assert f"{name}" in done.stdout + done.stderr, name
