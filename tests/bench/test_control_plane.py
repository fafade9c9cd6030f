"""The folder of routes, and the metrics that are read."""

from pathlib import Path

import pytest
import yaml

from bench.control_plane import ProbeError, settle_sum, write_routes


def test_every_route_has_a_host_of_its_own(tmp_path: Path) -> None:
    write_routes(tmp_path, 250)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    routes = [route for file in files for route in yaml.safe_load_all(file.read_text())]
    hosts = {route["spec"]["hostnames"][0] for route in routes}
    assert len(hosts) == len({route["metadata"]["name"] for route in routes}) == 250


def test_settle_time_is_read_from_metrics() -> None:
    text = "# TYPE x\nportway_settle_seconds_count 4.0\nportway_settle_seconds_sum 0.5\n"
    assert settle_sum(text) == (0.5, 4.0)
    with pytest.raises(ProbeError):
        settle_sum("nothing 1\n")
