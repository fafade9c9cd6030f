"""A Backend: one to 64 endpoints, each reached in one way."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault

IP = {"ip": {"address": "127.0.0.1", "port": 80}}


def test_the_three_ways_to_reach_an_endpoint() -> None:
    ip, unix = decoded(
        api.Backend, spec={"endpoints": [IP, {"unix": {"path": "/a.sock"}}]}
    ).spec.endpoints
    assert (ip.ip, unix.ip) == (api.BackendIP(address="127.0.0.1", port=80), None)
    assert unix.unix == api.BackendUnix(path="/a.sock")
    name = {"hostname": {"name": "a.internal", "port": 80}}
    (named,) = decoded(api.Backend, spec={"endpoints": [name]}).spec.endpoints
    assert named.hostname == api.BackendHostname(name="a.internal", port=80)


def test_http_1_is_the_default() -> None:
    assert decoded(api.Backend, spec={"endpoints": [IP]}).spec.app_protocol == ""


@pytest.mark.parametrize(
    ("endpoints", "path"),
    [
        ([], "spec.endpoints"),
        ([{"ip": {"address": f"10.0.0.{n}", "port": 1}} for n in range(65)], "spec.endpoints"),
        ([{"ip": {"address": "127.0.0.1", "port": 0}}], "spec.endpoints[0].ip.port"),
        ([{"hostname": {"name": "*.a", "port": 1}}], "spec.endpoints[0].hostname.name"),
        ([{"unix": {"path": "relative"}}], "spec.endpoints[0].unix.path"),
    ],
)
def test_what_is_no_endpoint(endpoints: list[Any], path: str) -> None:
    assert fault(api.Backend, spec={"endpoints": endpoints})[1] == path
