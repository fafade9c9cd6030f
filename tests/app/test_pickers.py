"""Pools that ask for a picker of their own, as the core sees them, and the processes they get."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from portway.adapters.apiserver.http.server import ApiServer
from portway.app import pickers
from portway.app.pickers import Pickers, asks
from portway.core import api
from tests.core.api.test_inference_pool import pool

REF = {"name": "epp", "port": {"number": 9002}}


def asking(name: str = "llama", wanted: str = "process", **spec: Any) -> api.InferencePool:
    made = pool(**spec)
    metadata = api.ObjectMeta(
        name=name, namespace="apps", annotations={"portway.dev/picker": wanted}
    )
    return replace(made, metadata=metadata)


def event(of: api.InferencePool | None, name: str = "llama") -> api.Event:
    return api.Event("InferencePool", "apps", name, of)


def test_only_a_pool_that_says_so_and_names_nobody_asks() -> None:
    assert asks(asking())
    assert not asks(asking(wanted="proces"))
    assert not asks(asking(endpointPickerRef=REF))
    assert not asks(pool())


def test_the_core_sees_a_pool_with_a_picker_and_where_it_is() -> None:
    made = Pickers(None, "text")
    service, seen = made.told((event(asking()),))
    (port,) = made.ports.values()
    assert isinstance(service.object, api.Service)
    assert service.object.metadata.annotations == {"portway.dev/endpoints": f"127.0.0.1:{port}"}
    assert service.object.spec.ports[0].app_protocol == "kubernetes.io/h2c"
    assert isinstance(seen.object, api.InferencePool)
    ref = seen.object.spec.endpoint_picker_ref
    assert ref is not None
    assert (ref.name, ref.failure_mode) == (service.name, "FailOpen")
    assert ref.port == api.PoolPort(number=service.object.spec.ports[0].port)
    assert seen.object.metadata.annotations["portway.dev/picker-mode"] == "light"
    # It keeps its port whatever else changes.
    made.told((event(asking(targetPorts=[{"number": 1}])),))
    assert made.ports == {("apps", "llama"): port}


@pytest.mark.parametrize("later", [None, asking(endpointPickerRef=REF), asking(wanted="")])
def test_a_pool_that_asks_no_more_has_no_service(later: api.InferencePool | None) -> None:
    made = Pickers(None, "text")
    made.told((event(asking()),))
    seen, service = made.told((event(later),))
    assert seen.object is later
    assert (service.kind, service.name, service.object) == ("Service", "llama.picker", None)
    assert not made.ports
    assert made.told((event(later),)) == (event(later),)


def test_everything_else_passes() -> None:
    made = Pickers(None, "text")
    others = (api.Event("Pod", "apps", "a", None), event(pool()))
    assert made.told(others) == others


class Api:
    """What a picker needs to know of the API."""

    kubeconfig = Path("/kubeconfig")

    def __init__(self) -> None:
        self.listening = asyncio.Event()


# A process that writes its arguments and lives as long as its standard input.
PROGRAM = (
    "import os, sys; words = ' '.join(sys.argv[1:]); "
    "open(os.environ['PICKERS_TEST'], 'a').write(f'{os.getpid()} {words}\\n'); sys.stdin.read()"
)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_has_a_process_that_is_started_again_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "started"
    file.touch()
    monkeypatch.setenv("PICKERS_TEST", str(file))
    monkeypatch.setattr(pickers, "_RUN", PROGRAM)
    monkeypatch.setattr(pickers, "_FIRST", 0.01)

    def started() -> list[list[str]]:
        return [line.split() for line in file.read_text().splitlines()]

    def alive(pid: str) -> bool:
        return Path(f"/proc/{pid}").exists()

    made, server = Pickers(None, "json"), Api()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run(cast(ApiServer, server)))
        made.told((event(asking()),))
        await asyncio.sleep(0.05)
        assert started() == []
        server.listening.set()
        await until(lambda: len(started()) == 1)
        pid, *words = started()[0]
        port = made.ports["apps", "llama"]
        assert words[:5] == ["picker", "--pool", "apps/llama", "--address", f"127.0.0.1:{port}"]
        assert words[-2:] == ["--kubeconfig", "/kubeconfig"]
        os.kill(int(pid), signal.SIGKILL)
        await until(lambda: len(started()) == 2)
        made.told((event(asking("qwen"), "qwen"),))
        await until(lambda: len(started()) == 3)
        made.told((event(None),))
        await until(lambda: not alive(started()[1][0]))
        assert alive(started()[2][0])
        task.cancel()
    await until(lambda: not alive(started()[2][0]))


def test_a_word_that_means_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        Pickers(None, "text").told((event(asking(wanted="proces")), event(asking())))
    assert caplog.messages == ["portway.dev/picker is 'proces'; use process"]
