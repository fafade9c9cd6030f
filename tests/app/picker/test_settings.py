"""Options that go together, and those that do not."""

from pathlib import Path
from typing import Any

import pytest

from portway.app.cli.failure import Failure
from portway.app.picker.settings import settings_of

BARE: dict[str, Any] = {
    "pools": (),
    "endpoints": "",
    "endpoints_file": None,
    "address": "0.0.0.0:9002",
    "kubeconfig": None,
    "context": "",
    "config": None,
    "plaintext": False,
    "certificate": None,
    "health_address": "",
    "probe_address": "",
    "explain_address": "",
    "hold": None,
    "explain": False,
    "metrics_path": "/metrics",
    "scrape_interval": 1.0,
    "drain_time": 30.0,
    "test_headers": False,
    "until_stdin_ends": False,
    "envoy": None,
    "log_level": "info",
    "log_format": "text",
}


def test_one_pool_at_the_address_and_several_at_their_own() -> None:
    one = settings_of(**{**BARE, "pools": ("a/b",)})
    assert one.pools == {("a", "b"): "0.0.0.0:9002"}
    two = settings_of(**{**BARE, "pools": ("a/b", "a/c=0.0.0.0:9003")})
    assert two.pools == {("a", "b"): "0.0.0.0:9002", ("a", "c"): "0.0.0.0:9003"}


def test_endpoints_by_name() -> None:
    found = settings_of(**{**BARE, "endpoints": "10.0.0.1:80,10.0.0.2:80", "hold": 3.0})
    assert found.endpoints == "10.0.0.1:80\n10.0.0.2:80"
    assert (found.flow.hold, len(found.pools)) == (3.0, 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "give one of"),
        ({"pools": ("a/b",), "endpoints": "10.0.0.1:80"}, "give one of"),
        ({"endpoints": "host"}, "--endpoints: line 1"),
        ({"pools": ("a",)}, "use NAMESPACE/NAME"),
        ({"pools": ("a/b/c",)}, "use NAMESPACE/NAME"),
        ({"pools": ("a/b", "a/c")}, "an address each"),
        (
            {"pools": ("a/b",), "plaintext": True, "certificate": (Path("a"), Path("b"))},
            "leave out one of both",
        ),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Failure, match=words):
        settings_of(**{**BARE, **given})
