"""Which suites there are, and that each is what it is kept as."""

import re

import pytest

from tests.conformance.suites import RELEASES, Suite


@pytest.mark.parametrize("release", RELEASES)
def test_a_report_is_kept_under_the_version_that_the_module_asks_for(release: str) -> None:
    suite = RELEASES[release]
    asked = re.search(r"gateway-api/conformance (v[\d.]+)", _module(suite))
    assert asked is not None
    assert suite.report.startswith(f"{asked[1]}/")
    assert asked[1].startswith(f"v{release}.")


@pytest.mark.parametrize("release", RELEASES)
def test_the_go_that_is_asked_for_is_as_new_as_the_module_needs(release: str) -> None:
    suite = RELEASES[release]
    needed = re.search(r"^go ([\d.]+)$", _module(suite), re.MULTILINE)
    assert needed is not None
    if suite.toolchain:
        assert _numbers(suite.toolchain) >= _numbers(needed[1])


def _module(suite: Suite) -> str:
    return (suite.module / "go.mod").read_text()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version))
