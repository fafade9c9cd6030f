"""What one can ask of a run."""

from pathlib import Path

import pytest

from tests.conformance.options import REPORTS, WORK, Options, parse, portway_options, suite_flags

REPORT = Path("/run/report.yaml")


def flags_of(options: Options) -> list[str]:
    """The suite's flags for two profiles."""
    return suite_flags(options, ["GATEWAY-HTTP", "GATEWAY-UDP"], REPORT)


def test_only_all_of_the_suite_writes_a_report_that_is_kept() -> None:
    assert parse([]).kept_report.parent == REPORTS / "v1.6.1"
    assert parse(["--run", "", "--profiles", ""]).kept_report.parent == REPORTS / "v1.6.1"
    assert parse(["--release", "1.7"]).kept_report.parent == REPORTS / "v1.7.0"
    assert parse(["--run", "HTTPRouteWeight"]).kept_report.parent == WORK
    assert parse(["--profiles", "GATEWAY-HTTP"]).kept_report.parent == WORK
    assert parse(["--inference", "--own-picker"]).kept_report.parent == WORK


def test_the_report_of_the_inference_extension_is_kept_apart() -> None:
    kept = parse(["--inference"]).kept_report
    assert kept.parent == REPORTS / "inference-extension"
    assert parse(["--inference", "--run", "InferencePoolAccepted"]).kept_report.parent == WORK
    assert kept.name.endswith("-default-gateway-report.yaml")


def test_a_suite_with_profiles_of_its_own_is_not_told_any() -> None:
    flags = suite_flags(parse(["--inference"]), [], REPORT)
    assert not [each for each in flags if each.startswith("-conformance-profiles")]


def test_no_flag_narrows_what_the_class_claims() -> None:
    flags = flags_of(parse([]))
    assert "-conformance-profiles=GATEWAY-HTTP,GATEWAY-UDP" in flags
    assert "-report-output=/run/report.yaml" in flags
    narrowing = ("supported-features", "exempt-features", "skip", "all-features", "allow-crds")
    assert not [each for each in flags if each.lstrip("-").startswith(narrowing)]
    assert "-test.run=^TestConformance$" in flags
    assert not [each for each in flags if each.startswith("-run-test")]


def test_one_test() -> None:
    flags = flags_of(parse(["--run", "HTTPRouteWeight", "--minutes", "3"]))
    assert "-run-test=HTTPRouteWeight" in flags
    assert "-test.run=^TestConformance$/^HTTPRouteWeight$" in flags
    assert "-test.timeout=3m" in flags


def test_further_options_of_portway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTWAY_TEST_OPTIONS", raising=False)
    assert portway_options() == []
    monkeypatch.setenv("PORTWAY_TEST_OPTIONS", "--scopes-from 0")
    assert portway_options() == ["--scopes-from", "0"]
