"""`portway proxy`: from options to settings."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portway.app import proxy
from portway.app.cli import main


def test_options_become_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[proxy.ProxySettings] = []

    def run(settings: proxy.ProxySettings) -> int:
        calls.append(settings)
        return 7

    monkeypatch.setattr(proxy, "run", run)
    words: list[Any] = ["proxy", "--gateway", "shop/web", "--xds", "xds.gw.svc:18000"]
    words += ["--credentials", str(tmp_path), "--run-dir", str(tmp_path / "run")]
    words += ["--snapshot", str(tmp_path / "kept"), "--envoy-flag", "--log-level=info"]
    result = CliRunner().invoke(main, [*words, "--concurrency", "3", "--pod", "pod"])
    assert result.exit_code == 7, result.output
    (settings,) = calls
    assert settings.xds == ("xds.gw.svc", 18000)
    assert (settings.gateway, settings.name, settings.workers) == ("shop/web", "pod", 3)
    assert (settings.credentials, settings.run_dir) == (tmp_path, tmp_path / "run")
    assert settings.probes == "0.0.0.0:18001"
    assert (settings.snapshot, settings.flags) == (tmp_path / "kept", ("--log-level=info",))


@pytest.mark.parametrize(
    ("gateway", "xds", "words"),
    [("web", "x:1", "NAMESPACE/NAME"), ("a/web", "x", "not a port"), ("a/b/c", "x:1", "NAMESPACE")],
)
def test_what_makes_no_sense_is_wrong_usage(
    tmp_path: Path, gateway: str, xds: str, words: str
) -> None:
    asked = ["proxy", "--gateway", gateway, "--xds", xds, "--credentials", str(tmp_path)]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 2
    assert words in result.output


def test_a_flag_that_would_break_it_is_wrong_usage(tmp_path: Path) -> None:
    asked = ["proxy", "--gateway", "a/web", "--xds", "x:1", "--credentials", str(tmp_path)]
    result = CliRunner().invoke(main, [*asked, "--envoy-flag", "--mode=validate"])
    assert result.exit_code == 2
    assert "--envoy-flag[0] --mode would not serve; remove it" in result.output
