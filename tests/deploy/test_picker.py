"""The chart of a picker: it passes what the controller's passes, and its role is what is needed; so
do the pickers that the controller makes, with the role of the controller's chart.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import pytest
from msgspec.structs import replace

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import WriteOptions
from portway.app.cli import main
from portway.core import api, infra
from portway.core.controller_name import CONTROLLER
from tests.adapters.apiserver.support import crd
from tests.core.api.test_inference_pool import pool as a_pool
from tests.deploy import charts
from tests.deploy.authorizer import Authorizer, permissions
from tests.deploy.installation import is_ready, replaced, until
from tests.deploy.test_pod_security import against
from tests.wire.harness import ports, processes

CASES = [each for each in charts.cases() if charts.chart_of(each) == charts.PICKER]
POLICIES = ("inferenceobjectives", "inferencemodelrewrites")
GROUPS = ("llm-d.ai", "inference.networking.x-k8s.io")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def rendered(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return charts.documents((request.param / "expected.yaml").read_text())


def pod(rendered: list[dict[str, Any]]) -> Any:
    (deployment,) = charts.of_kind(rendered, "Deployment")
    return deployment["spec"]["template"]


def test_its_pods_are_restricted_and_write_nothing_but_tmp(rendered: list[dict[str, Any]]) -> None:
    spec = pod(rendered)["spec"]
    assert list(against(spec)) == []
    (container,) = spec["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    written = {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert written == {"/tmp"}


def test_the_command_understands_its_arguments(rendered: list[dict[str, Any]]) -> None:
    words = pod(rendered)["spec"]["containers"][0]["args"]
    command = main.get_command(click.Context(main), "picker")
    assert command is not None
    known = {each.name: each for each in command.params}
    # The file of its configuration is in the container, not here.
    given = [each for each in words[1:] if not each.startswith("--config=")]
    values = command.make_context("picker", given, parent=click.Context(main)).params
    assert values.keys() <= known.keys()
    assert values["address"].endswith(":9002")
    seconds = pod(rendered)["spec"]["terminationGracePeriodSeconds"]
    assert seconds >= values["drain_time"] + 5 + 5


def test_names_fit_and_selectors_find_it(rendered: list[dict[str, Any]]) -> None:
    labels = pod(rendered)["metadata"]["labels"].items()
    (service,) = charts.of_kind(rendered, "Service")
    assert len(service["metadata"]["name"]) <= 63
    assert "." not in service["metadata"]["name"]
    assert service["spec"]["selector"].items() <= labels
    for kind, field in (("NetworkPolicy", "podSelector"), ("PodMonitor", "selector")):
        for each in charts.of_kind(rendered, kind):
            assert each["spec"][field]["matchLabels"].items() <= labels


def test_the_pool_has_to_be_named() -> None:
    try:
        program = charts.helm()
    except charts.NoHelm as error:
        pytest.skip(str(error))
    with pytest.raises(subprocess.CalledProcessError) as caught:
        charts.rendered(program, charts.PICKER)
    assert "pool: name an InferencePool of this namespace" in caught.value.stderr


def policies_of(store: ObjectStore) -> None:
    kind = next(each for each in store.kinds.values() if each.plural == "customresourcedefinitions")
    for group in GROUPS:
        for plural in POLICIES:
            document = crd(plural, group)
            document["spec"]["versions"][0]["name"] = "v1alpha2"
            store.create(kind, "", document, WriteOptions(api_version="apiextensions.k8s.io/v1"))


def made() -> list[dict[str, Any]]:
    """What the controller makes for a pool, and the role that it gives to it."""
    install = dict(charts.renders())["install"]
    (controller,) = charts.of_kind(install, "Deployment")
    (role,) = {
        each.removeprefix("--picker-role=")
        for each in controller["spec"]["template"]["spec"]["containers"][0]["args"]
        if each.startswith("--picker-role=")
    }
    pool = replace(a_pool(), metadata=api.ObjectMeta(name="models", namespace=charts.NAMESPACE))
    defaults = infra.Defaults("portway:1", "xds:1", CONTROLLER, picker_role=role)
    return [*infra.picker(pool, "0e4f", defaults), *charts.of_kind(install, "ClusterRole")]


def test_what_the_controller_makes_is_restricted_too() -> None:
    assert list(against(pod(made())["spec"])) == []


@pytest.mark.envoy
@pytest.mark.parametrize("by", ["the chart", "the controller"])
async def test_its_role_is_enough_and_all_needed(by: str) -> None:
    chart = charts.documents((charts.GOLDEN / "picker" / "expected.yaml").read_text())
    rendered = chart if by == "the chart" else made()
    store = ObjectStore()
    store.start()
    policies_of(store)
    folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
    server = ApiServer(store, folder)
    authorizer = Authorizer(server._app, permissions(rendered, "models-picker"))
    server._app = authorizer  # type: ignore[assignment]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        try:
            for knows in (True, False):
                authorizer.knows_watch_list = knows
                await picked(rendered, server.kubeconfig, folder / f"log-{knows}", authorizer)
        finally:
            task.cancel()
            store.close()
            shutil.rmtree(folder)
    assert authorizer.refused == []
    assert authorizer.unused == []


async def picked(
    rendered: list[dict[str, Any]], kubeconfig: Path, log: Path, authorizer: Authorizer
) -> None:
    """Run the picker as the Deployment says, until it has asked for everything."""
    probes = ports.free_port()
    put_in = {
        "0.0.0.0:9002": f"127.0.0.1:{ports.free_port()}",
        "0.0.0.0:18001": f"127.0.0.1:{probes}",
        "[::]:9002": f"[::]:{ports.free_port()}",
        "[::]:18001": f"127.0.0.1:{probes}",
        "127.0.0.1:9005": f"127.0.0.1:{ports.free_port()}",
    }
    words = [replaced(each, put_in) for each in pod(rendered)["spec"]["containers"][0]["args"]]
    program = str(Path(sys.executable).with_name("portway"))
    process = await processes.start((program, *words, f"--kubeconfig={kubeconfig}"), log)

    async def all_asked() -> bool:
        verbs = {each.verb for each in authorizer.unused}
        return await is_ready(probes) and not verbs - {"list"}

    try:
        await until(all_asked, "ready, and everything is watched", log)
        if not authorizer.knows_watch_list:

            async def all_listed() -> bool:
                return not authorizer.unused

            await until(all_listed, "everything is listed", log)
    finally:
        await processes.end(process)
