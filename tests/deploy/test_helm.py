"""Helm itself, against an API: charts in any order, twice, other values, and away again."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from tests.deploy import charts

# A kind that the embedded API does not serve.
LESS = "networkPolicy.enabled=false"
CRDS = ["backends.portway.dev", "proxyconfigs.portway.dev", "tokenlimits.portway.dev"]


class Helm:
    """The program, with a cluster and folders of its own."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self._program = charts.helm()
        folders = {f"HELM_{each}_HOME": str(folder / each) for each in ("CACHE", "CONFIG", "DATA")}
        self._env = {**os.environ, **folders, "KUBECONFIG": str(kubeconfig)}

    async def __call__(self, *words: str) -> str:
        command = [str(self._program), *words, "--namespace", charts.NAMESPACE]
        done = await asyncio.to_thread(
            subprocess.run, command, env=self._env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    async def upgrade(self, chart: str, *values: str) -> str:
        where = str(charts.CHARTS / chart)
        given = [word for each in values for word in ("--set", each)]
        return await self("upgrade", "--install", chart, where, "--create-namespace", *given)


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[tuple[ObjectStore, Helm]]:
    try:
        charts.helm()
    except charts.NoHelm as error:
        pytest.skip(str(error))
    store = ObjectStore()
    store.start()
    server = ApiServer(store, folder)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        try:
            yield store, Helm(server.kubeconfig, folder)
        finally:
            task.cancel()
    store.close()


def names(store: ObjectStore, plural: str, namespace: str = charts.NAMESPACE) -> list[str]:
    kind = next(each for each in store.kinds.values() if each.plural == plural)
    return [each.name for each in store.tables.tables[kind.key].listed(namespace)]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_in_any_order_twice_and_away_again(tmp_path: Path) -> None:
    async with cluster(tmp_path) as (store, helm):
        for _ in range(2):
            await helm.upgrade("portway", LESS)
            await helm.upgrade("portway-crds")
        assert names(store, "deployments") == ["portway"]
        assert names(store, "services") == ["portway-metrics", "portway-xds"]
        assert names(store, "customresourcedefinitions", "") == CRDS
        assert names(store, "roles", "default") == []
        await helm.upgrade("portway", LESS, "watchNamespaces={default}", "replicas=3")
        assert names(store, "roles", "default") == [f"portway-{charts.NAMESPACE}-watched"]
        await helm.upgrade("portway", LESS)
        assert names(store, "roles", "default") == []
        for chart in ("portway", "portway-crds"):
            await helm("uninstall", chart)
        for plural in ("deployments", "services", "serviceaccounts", "roles", "rolebindings"):
            assert names(store, plural) == [], plural
        for plural in ("clusterroles", "clusterrolebindings"):
            assert names(store, plural, "") == [], plural
        # Every object of a kind goes with its definition, so that stays.
        assert names(store, "customresourcedefinitions", "") == CRDS


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_it_tells_how_to_know_that_it_runs(tmp_path: Path) -> None:
    async with cluster(tmp_path) as (_, helm):
        said = await helm.upgrade("portway", LESS)
        assert f"--namespace {charts.NAMESPACE} deployment/portway --for=condition=Avail" in said
        assert "kubectl get gatewayclass portway" in said
