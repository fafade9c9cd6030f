"""Stands in for what runs Pods: reads Deployments from an API and starts what their templates say.

Knows Pod templates: command, arguments, environment, mounted Secrets and empty folders, probes.
Every Pod is a process in this network, or behind a Service in one of its own; the ports that its
arguments tell it to listen on are replaced by free ones, and folders are put in the place of mount
paths. Whoever has the token of its account mounted gets a kubeconfig. Must not import the product.
"""

import asyncio
import json
import re
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.wire.harness import ports, processes
from tests.wire.harness.apart import Apart
from tests.wire.harness.proxy import Mounted
from tests.wire.harness.service import Member, Service

Json = dict[str, Any]
_POLL_SECONDS = 0.1
_LISTENS = re.compile(r"(\[::\]|0\.0\.0\.0|127\.0\.0\.1):(\d+)")


@dataclass(frozen=True, slots=True)
class Front:
    """The Service in front of all Pods.

    Attributes:
        target: the port of the Pods that it is for.
        outward: the ports of this machine's loopback that Pods may reach.
    """

    service: Service
    target: int
    outward: tuple[int, ...]


class Pod:
    """One process of a template."""

    def __init__(
        self,
        root: Path,
        name: str,
        template: Json,
        apart: Apart | None = None,
        kubeconfig: Path | None = None,
    ) -> None:
        self.apart = apart
        self.ports: dict[int, int] = {}
        """What it listens on in the place of what it was told to."""
        self._kubeconfig = kubeconfig
        self.name = name
        self.template = template
        self.probe = ports.free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
        self.mounted: dict[str, Mounted] = {}
        self._log = root / f"pod-{name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._words: list[str] = []

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def start(self, secrets: dict[str, dict[str, str]]) -> None:
        places = self._mount(secrets)
        spec = self.template["spec"]
        (container,) = spec["containers"]
        environment = {each["name"]: self._value(each) for each in container.get("env", ())}
        self.ports[container["readinessProbe"]["httpGet"]["port"]] = self.probe
        words = []
        for each in (*container["command"], *container["args"]):
            word = each
            for name, value in environment.items():
                word = word.replace(f"$({name})", value)
            words.append(self._free(_elsewhere(word, places)))
        words[0] = str(Path(sys.executable).with_name(words[0]))
        if container["args"][0] == "proxy":
            words += ["--concurrency", "1"]
        if self.template["spec"].get("automountServiceAccountToken"):
            assert self._kubeconfig is not None
            words += ["--kubeconfig", str(self._kubeconfig)]
        if self.apart is not None:
            await self.apart.__aenter__()
            words = self.apart.command(words)
        self._words = words
        self._process = await processes.start(words, self._log)

    async def restart(self, secrets: dict[str, dict[str, str]]) -> None:
        """What a kubelet does after a container was killed, which this does too: another one, with
        the same volumes; those of Secrets show what these hold by now."""
        assert self._process is not None
        self._process.kill()
        processes.kill_naming(self.folder)
        await self._process.wait()
        for name, shown in self.mounted.items():
            shown.show(secrets.get(name, {}))
        self._process = await processes.start(self._words, self._log)

    def _mount(self, secrets: dict[str, dict[str, str]]) -> dict[str, str]:
        """Folders in the place of what is mounted, by path."""
        spec = self.template["spec"]
        (container,) = spec["containers"]
        paths = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        places: dict[str, str] = {}
        for volume in spec["volumes"]:
            mount = paths[volume["name"]]
            if "secret" in volume:
                name = volume["secret"]["secretName"]
                shown = self.mounted[name] = Mounted()
                optional = volume["secret"].get("optional", False)
                shown.show(secrets.get(name, {}) if optional else secrets[name])
                places[mount] = str(shown.path)
            else:
                assert "emptyDir" in volume
                places[mount] = str(self.folder / volume["name"])
                Path(places[mount]).mkdir()
        return places

    def _value(self, entry: Json) -> str:
        if "value" in entry:
            return str(entry["value"])
        assert entry["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
        return self.name

    def _free(self, word: str) -> str:
        """An address to listen on with a port that nobody else has."""
        found = _LISTENS.fullmatch(word)
        if found is None:
            return word
        port = self.ports.setdefault(int(found[2]), ports.free_port())
        return f"{found[1]}:{port}"

    async def ready(self) -> bool:
        return await self.probed() == 200

    async def probed(self) -> int:
        """The status of the probe; 0 where nobody answers."""
        (container,) = self.template["spec"]["containers"]
        path = container["readinessProbe"]["httpGet"]["path"]
        if self.apart is not None:
            return await self.apart.probed(self.probe, path)
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False, verify=False) as http:
                answer = await http.get(f"http://127.0.0.1:{self.probe}{path}")
                return answer.status_code
        return 0

    async def end(self) -> None:
        if self._process is not None:
            grace = self.template["spec"]["terminationGracePeriodSeconds"]
            await processes.end(self._process, seconds=grace)
        processes.kill_naming(self.folder)
        if self.apart is not None:
            await self.apart.__aexit__(None, None, None)


def _elsewhere(word: str, places: dict[str, str]) -> str:
    """A path below a mount, where that really is."""
    for mount, place in places.items():
        if word == mount or word.startswith(f"{mount}/"):
            return place + word.removeprefix(mount)
    return word


class Kubelet:
    """Runs what all Deployments of one namespace say, as a rolling update does."""

    def __init__(
        self,
        root: Path,
        http: httpx.AsyncClient,
        namespace: str = "default",
        front: Front | None = None,
        kubeconfig: Path | None = None,
    ) -> None:
        self._front = front
        self._kubeconfig = kubeconfig
        self._root = root
        self._http = http
        self._namespace = namespace
        self._started: list[Pod] = []
        self.pods: dict[str, list[Pod]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await asyncio.gather(*(each.end() for each in self._started))
        if error is not None:
            for each in self._started:
                error.add_note(f"The log of {each.name}:\n{each.log}")

    async def _run(self) -> None:
        while True:
            listed = await self._list("/apis/apps/v1", "deployments")
            for each in listed:
                await self._bring(each)
            for name in self.pods.keys() - {each["metadata"]["name"] for each in listed}:
                for pod in self.pods.pop(name):
                    await pod.end()
            await asyncio.sleep(_POLL_SECONDS)

    async def _list(self, root: str, plural: str) -> list[Json]:
        answer = await self._http.get(f"{root}/namespaces/{self._namespace}/{plural}")
        found: list[Json] = answer.json()["items"]
        return found

    async def secrets(self) -> dict[str, dict[str, str]]:
        """What all Secrets hold, by name."""
        listed = await self._list("/api/v1", "secrets")
        return {each["metadata"]["name"]: each.get("data", {}) for each in listed}

    async def _bring(self, deployment: Json) -> None:
        """One step of a rolling update: one more of the new, then one less of the old."""
        name, spec = deployment["metadata"]["name"], deployment["spec"]
        running = self.pods.setdefault(name, [])
        template = json.loads(json.dumps(spec["template"]))
        new = [each for each in running if each.template == template]
        secrets = await self.secrets()
        mounted = [v["secret"] for v in template["spec"]["volumes"] if "secret" in v]
        wanted = [each["secretName"] for each in mounted if not each.get("optional")]
        if len(new) < spec["replicas"] and all(each in secrets for each in wanted):
            pod = await self._one_more(name, template, secrets)
            running.append(pod)
            new.append(pod)
        if any([not await each.ready() for each in new]):
            return
        surplus = [each for each in running if each not in new]
        if len(new) > spec["replicas"]:
            surplus += new[spec["replicas"] :]
        if surplus and len(running) > spec["replicas"]:
            running.remove(surplus[0])
            await surplus[0].end()

    async def _one_more(self, name: str, template: Json, secrets: dict[str, Any]) -> Pod:
        front = self._front
        apart = None if front is None else Apart(*front.outward)
        pod = Pod(self._root, f"{name}-{len(self._started) + 1}", template, apart, self._kubeconfig)
        self._started.append(pod)
        if front is not None and apart is not None:
            opened = partial(apart.connect, "127.0.0.1", front.target)
            front.service.members.append(Member(pod.probed, opened))
        await pod.start(secrets)
        await self._show(pod)
        return pod

    async def _show(self, pod: Pod) -> None:
        """The Pod as an object, for whoever looks."""
        document = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**pod.template["metadata"], "name": pod.name},
            "spec": pod.template["spec"],
            "status": {"phase": "Running", "podIP": "127.0.0.1"},
        }
        path = f"/api/v1/namespaces/{self._namespace}/pods"
        answer = await self._http.post(path, json=document)
        assert answer.status_code == 201, answer.text
