"""The manifests are YAML, and Portway finds nothing wrong with them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bench import folder


def load(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def test_every_probe_route_has_a_host_of_its_own(tmp_path: Path) -> None:
    folder.probe_routes(tmp_path, 250)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    routes = [route for file in files for route in load(file.read_text())]
    hosts = {route["spec"]["hostnames"][0] for route in routes}
    assert len(hosts) == len({route["metadata"]["name"] for route in routes}) == 250
    assert {len(route["spec"]["rules"]) for route in routes} == {2}
    assert folder.probe_host("r249") in hosts


def test_an_app_is_a_route_a_service_and_a_slice() -> None:
    route, service, piece = load(folder.app(3, 4000, path="/v1", endpoints=2))
    assert [each["kind"] for each in (route, service, piece)] == [
        "HTTPRoute",
        "Service",
        "EndpointSlice",
    ]
    assert route["spec"]["hostnames"] == [folder.app_host(3)]
    assert route["spec"]["rules"][0]["matches"][0]["path"]["value"] == "/v1"
    assert [each["addresses"] for each in piece["endpoints"]] == [["127.0.0.1"], ["127.0.0.2"]]
    assert piece["ports"][0]["port"] == 4000


def test_a_file_appears_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    change = folder.stage(path, "one")
    assert not path.exists()
    change()
    assert path.read_text() == "one"
    folder.put(path, "two")
    assert path.read_text() == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]


def test_portway_reads_them(tmp_path: Path) -> None:
    https = folder.listener("https", 8443, "a.example.com", "none")
    folder.site(tmp_path, "127.0.0.1:4000", https)
    folder.apps(tmp_path, 2, 4000)
    folder.probe_routes(tmp_path, 2)
    folder.many(tmp_path, "more", (folder.forward("f", "f.example.com", ["/a", "/b"], "origin"),))
    command = [str(Path(sys.executable).with_name("portway")), "check", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    # A Secret that does not exist and a Service that does not exist are all there is to say.
    assert set(re.findall(r"(?:error|warning) (\w+)", said)) == {"PW020", "PW040"}
