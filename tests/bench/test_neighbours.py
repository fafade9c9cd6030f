"""Configurations name where to listen and where to go, and nothing outside their folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import neighbours
from bench.loads import Target

UPSTREAM = Target("127.0.0.1", 4321, "ignored")
TARGET = Target("127.0.0.1", 1234, "a.example")


@pytest.mark.parametrize("text", [neighbours.nginx, neighbours.haproxy, neighbours.caddy])
def test_a_configuration_is_about_one_host_and_one_endpoint(
    tmp_path: Path, text: Callable[[Path, Target, Target], str]
) -> None:
    written = text(tmp_path, TARGET, UPSTREAM)
    assert "127.0.0.1:4321" in written
    assert "1234" in written
    assert "a.example" in written
    assert written.count("{") == written.count("}")


def test_nginx_keeps_its_files_to_itself(tmp_path: Path) -> None:
    written = neighbours.nginx(tmp_path, TARGET, UPSTREAM)
    paths = [
        line.split()[-1] for line in written.splitlines() if "_path " in line or "pid " in line
    ]
    assert len(paths) == 6
    assert all(each.startswith(str(tmp_path)) for each in paths)


def test_the_hint_installs_all_of_them() -> None:
    assert set(neighbours.NAMES) <= set(neighbours.HINT.split())
    assert set(neighbours.installed()) <= set(neighbours.NAMES)
