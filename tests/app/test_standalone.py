"""One instance: what stops it with a sentence, what its folder tells it, and one whole life."""

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.watch import Batch
from portway.app import standalone
from portway.app.addresses import PoolProblem
from portway.app.claim import ClaimError, claim
from portway.app.settings import Settings
from portway.core import api
from tests.core import site


@pytest.fixture(autouse=True)
def _log_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def settings() -> Iterator[Settings]:
    # Sockets have short paths; a test's own folder may not.
    data = Path(tempfile.mkdtemp(prefix="portway-test-"))
    (data / "manifests").mkdir()
    made = Settings(
        paths=(str(data / "manifests"),),
        name="test",
        data=data,
        run_dir=data / "run",
        address_pool="127.66.0.0/28",
        concurrency=1,
        drain_seconds=1,
    )
    made.prepare()
    yield made
    shutil.rmtree(data, ignore_errors=True)


def test_a_failure_of_the_world_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with standalone.explained() as failure:
        raise PoolProblem("no such pool")
    assert failure.status == 2
    assert capsys.readouterr().err == "Error: no such pool\n"


def test_several_at_once_are_told_each(capsys: pytest.CaptureFixture[str]) -> None:
    inner = ExceptionGroup("tasks", [ClaimError("two")])
    with standalone.explained() as failure:
        raise ExceptionGroup("tasks", [PoolProblem("one"), inner])
    assert failure.status == 2
    assert capsys.readouterr().err == "Error: one\nError: two\n"


def test_a_bug_is_not_dressed_up(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), standalone.explained():
        raise ZeroDivisionError
    with pytest.raises(ExceptionGroup), standalone.explained():
        raise ExceptionGroup("tasks", [PoolProblem("one"), ZeroDivisionError()])
    assert capsys.readouterr().err == ""


def test_what_cannot_run_here_ends_with_two(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert standalone.run(replace(settings, address_pool="nonsense")) == 2
    assert "--address-pool" in capsys.readouterr().err
    assert standalone.run(replace(settings, envoy=settings.data / "none")) == 2
    assert str(settings.data / "none") in capsys.readouterr().err
    with claim(settings.data):
        assert standalone.run(settings) == 2
    assert "another instance" in capsys.readouterr().err


def _classes(instance: standalone.Instance, *events: api.Event) -> list[str]:
    problem = FileProblem("a.yaml", 2, None, "wrong", "mend it")
    instance._batch(Batch(events, (problem,), (problem,), True))
    instance.loop._take(instance.loop._inbox.get_nowait())
    assert instance.loop.listed.is_set()
    assert instance.show.problems == (problem,)
    # What is ignored is asked of the folder, which knows what still is.
    assert instance.show.notices is instance.folder.state.notices
    sources = instance.loop.core.inputs.sources["GatewayClass"]
    return [obj.spec.controller_name for _, obj in sources.items()]


def test_the_class_is_there_by_itself(settings: Settings) -> None:
    instance = standalone.Instance(settings)
    assert _classes(instance) == ["portway.dev/gateway-controller"]


def test_a_class_of_that_name_in_the_folder_is_the_one_that_counts(settings: Settings) -> None:
    document = {
        "apiVersion": site.GATEWAY_API,
        "kind": "GatewayClass",
        "metadata": {"name": "portway"},
        "spec": {"controllerName": "example.com/somebody-else"},
    }
    instance = standalone.Instance(settings)
    events = instance.folder.state.update("class.yaml", json.dumps(document))
    assert _classes(instance, *events) == ["example.com/somebody-else"]


@pytest.mark.envoy
async def test_once_lives_until_it_is_ready(settings: Settings) -> None:
    seen: list[tuple[bool, list[str]]] = []

    async def ready(instance: standalone.Instance) -> None:
        seen.append(instance.show.ready())

    async with asyncio.timeout(30):
        await standalone.serve(replace(settings, once=True), ready)
    assert seen == [(True, [])]
    left = {each.name for each in settings.run_dir.iterdir()}
    assert left.isdisjoint({"envoy.pid", "xds.sock", "admin.sock"})
