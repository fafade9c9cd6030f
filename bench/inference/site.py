"""What stands between the client and the engines: each arm answers at an address of its own.

Knows Portway's ways to send to model servers, as its users write them. Must not know workloads.
An arm is made anew for every shot: some remember what they sent where, and engines do not.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench import folder, machine
from bench.arms import Arm, ArmError, Instance
from bench.inference.envoys import BALANCING, HOST, envoy
from bench.inference.posts import MODEL
from bench.loads import Target
from tests.wire.harness import ports, processes

SERVICE = "a Service"
NAMED = "a Service, by the model"
"""Its route goes by the name of the model, which is in the body."""
POOL = "Portway's pool"
LIGHT = "Portway's pool, picker asked"
DUPLEX = "Portway's pool, picker in full duplex"
PICKED = (LIGHT, DUPLEX)
_COMMAND = str(Path(sys.executable).with_name("portway"))
_SCRAPE_SECONDS = "0.25"
"""Engines run faster than time; what they say of themselves is that much older."""


async def names() -> list[str]:
    """Every arm that routes; without a picker where this Portway has none."""
    return [*BALANCING, POOL, *([LIGHT] if await has_picker() else [])]


@asynccontextmanager
async def arm(scratch: Path, name: str, endpoints: tuple[str, ...]) -> AsyncIterator[Arm]:
    """One of them. The endpoints need not answer yet. `scratch` is its own.

    Raises ArmError, PortwayError.
    """
    making = envoy if name in BALANCING else portway
    async with making(scratch, name, endpoints) as made:
        yield made


async def has_picker() -> bool:
    """Whether this Portway has the command."""
    process = await asyncio.create_subprocess_exec(
        *(_COMMAND, "picker", "--help"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait() == 0


@asynccontextmanager
async def portway(
    scratch: Path, name: str, endpoints: tuple[str, ...], again: str = ""
) -> AsyncIterator[Arm]:
    """The arm `name`: a Service, a pool, or a pool with its picker. `again` is another name for it.

    Raises ArmError, PortwayError.
    """
    called = again or name
    root = scratch / called.replace(" ", "-").replace(",", "").replace("'", "")
    async with AsyncExitStack() as stack:
        picker = 0
        address = f"127.0.0.1:{ports.free_port()}" if name in PICKED else ""
        where = root / "site"
        await asyncio.to_thread(_write, where, manifests(name, endpoints, address))
        if address:
            picker = await stack.enter_async_context(_picker(root, endpoints, address))
        instance = Instance("pool", root, where, workers=1)
        stack.push_async_callback(instance.close)
        await instance.start()
        proxies = machine.processes_naming(instance.data, "envoy")
        if len(proxies) != 1:
            raise ArmError(f"one Envoy was expected to run in {instance.data}, found {proxies}")
        target = Target(instance.address_text, folder.PORT, HOST, "/health")
        passed = (*proxies, *((picker,) if picker else ()))
        yield Arm(called, target, passed, instance.process_id)


@asynccontextmanager
async def _picker(root: Path, endpoints: tuple[str, ...], address: str) -> AsyncIterator[int]:
    command = [
        *(_COMMAND, "picker", "--plaintext", "--address", address),
        *("--scrape-interval", _SCRAPE_SECONDS, "--endpoints", ",".join(endpoints)),
    ]
    process = await processes.start(command, root / "picker.log")
    try:
        yield process.pid
    finally:
        await processes.end(process, seconds=3)


def _write(where: Path, text: str) -> None:
    where.mkdir(parents=True)
    folder.put(where / "site.yaml", text)


def manifests(name: str, endpoints: tuple[str, ...], picker: str) -> str:
    """What a user would write for an arm; `picker` is where its picker is asked, or empty."""
    joined = ",".join(endpoints)
    gateway = folder.gateway(folder.GATEWAY, folder.listener("http", folder.PORT))
    if name in (SERVICE, NAMED):
        backend = "{name: engines, port: 80}"
        route = _route(backend, by_model=name == NAMED)
        return folder.documents(gateway, folder.service("engines", joined), route)
    backend = "{group: inference.networking.k8s.io, kind: InferencePool, name: engines}"
    objects = [gateway, _pool(name, joined, picker), _route(backend)]
    if picker:
        objects.append(_picker_service(picker))
    return folder.documents(*objects)


def _pool(name: str, endpoints: str, picker: str) -> str:
    mode = ", portway.dev/picker-mode: light" if name == LIGHT else ""
    ref = "  endpointPickerRef: {name: picker, port: {number: 9002}}\n" if picker else ""
    return f"""\
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata:
  name: engines
  namespace: default
  annotations: {{portway.dev/endpoints: "{endpoints}"{mode}}}
spec:
  selector: {{matchLabels: {{app: engines}}}}
  targetPorts: [{{number: 8000}}]
{ref}"""


def _picker_service(address: str) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: picker
  namespace: default
  annotations: {{portway.dev/endpoints: "{address}"}}
spec:
  ports: [{{name: grpc, port: 9002, appProtocol: kubernetes.io/h2c}}]
"""


def _route(backend: str, *, by_model: bool = False) -> str:
    header = f"{{name: X-Gateway-Model-Name, value: {MODEL}}}"
    # The other match is for whoever asks whether the arm is there.
    rules = f"""\
  - backendRefs: [{backend}]
    timeouts: {{request: 0s}}
"""
    if by_model:
        rules += f"    matches: [{{headers: [{header}]}}, {{path: {{value: /health}}}}]\n"
    return f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: models, namespace: default}}
spec:
  parentRefs: [{{name: {folder.GATEWAY}}}]
  hostnames: [{HOST}]
  rules:
{rules}"""
