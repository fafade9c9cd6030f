"""What the container of a proxy does. Its life is in tests/wire/test_remote_proxies.py."""

from pathlib import Path

import pytest

from portway.adapters.envoy import supervisor
from portway.adapters.envoy.binary import BinaryError
from portway.app import proxy


def settings(folder: Path, envoy: Path | None = None) -> proxy.ProxySettings:
    return proxy.ProxySettings(
        "shop/web", "one", ("localhost", 1), folder, folder / "run", "127.0.0.1:0", envoy=envoy
    )


@pytest.mark.envoy
async def test_it_is_ready_between_the_first_configuration_and_the_end(tmp_path: Path) -> None:
    made = proxy.Proxy(settings(tmp_path))
    seen = [made.ready]
    empty = [made._empty]
    for event in (
        supervisor.Started(7),
        supervisor.Ready(7),
        supervisor.Died(7, 1, 1, 0.1, ()),
        supervisor.Ready(8),
    ):
        made._event(event)
        seen.append(made.ready)
        empty.append(made._empty)
    assert empty == [False, True, False, False, False]
    assert seen == [False, False, True, False, True]
    made.stop()
    assert not made.ready


@pytest.mark.envoy
async def test_one_that_outlived_who_started_it_is_not_empty(tmp_path: Path) -> None:
    made = proxy.Proxy(settings(tmp_path))
    made._event(supervisor.Adopted(7))
    assert not made._empty


@pytest.mark.envoy
async def test_it_says_whether_it_has_what_it_has_for_want_of_a_control_plane(
    tmp_path: Path,
) -> None:
    made = proxy.Proxy(settings(tmp_path))
    assert (await made._numbers()).endswith(b"\nportway_proxy_from_snapshot 0\n")
    made._relay.standing_in = True
    assert (await made._numbers()).endswith(b"\nportway_proxy_from_snapshot 1\n")


def test_without_an_envoy_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BinaryError):
        proxy.Proxy(settings(tmp_path, tmp_path / "none"))
