"""The suite's arguments, as those of `portway picker`."""

from pathlib import Path

from tests.conformance.harness.own_picker import command, reachable

GIVEN = [
    *("--pool-name", "primary", "--pool-namespace", "apps", "--zap-encoder", "json"),
    *("--grpc-port", "9002", "--grpc-health-port", "9003"),
]


def test_the_pool_and_the_ports_are_the_suites() -> None:
    words = command(GIVEN, Path("/k"))
    assert words[1:4] == ["picker", "--pool", "apps/primary"]
    assert words[words.index("--address") + 1] == "0.0.0.0:9002"
    assert words[words.index("--health-address") + 1] == "0.0.0.0:9003"
    assert "--test-headers" in words


def test_the_api_is_reached_by_another_address() -> None:
    document = {"clusters": [{"cluster": {"server": "s", "certificate-authority-data": "x"}}]}
    (found,) = reachable(document)["clusters"]
    assert found["cluster"] == {"server": "s", "insecure-skip-tls-verify": True}
