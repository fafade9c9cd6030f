"""What is tried inside the container of `container.py`: from nothing to a routed request.

Knows only what is given: the commands of the image, kubectl, manifests, and the arguments of the
Deployment. An API without a cluster stands in for one; what a kubelet and a balancer would do with
the proxies that are made is done here, from the template of their Pods. Every step is printed.
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

GIVEN = Path(__file__).parent
ADDRESS = "127.0.0.9"
SECONDS = 60.0
KUBECONFIG = "/tmp/cluster/kubeconfig"
# Kinds that the stand-in for a cluster does not serve; of all others every object must be taken.
NOT_SERVED = {"NetworkPolicy"}

KEPT = """
from portway.adapters.envoy import binary, descriptors
found = binary.locate()
name = f"envoy-{found.version}-{descriptors.fingerprint(found.path)}.descriptors"
kept = descriptors.default_cache_dir() / name
assert kept.read_bytes()
print(kept.name)
"""
# Nothing is behind it that would serve or say anything.
API = """
import asyncio, pathlib
from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore

store = ObjectStore()
store.start()
asyncio.run(ApiServer(store, pathlib.Path("/tmp/cluster")).run())
"""


class App(BaseHTTPRequestHandler):
    """The backend."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"app {self.headers['Host']} {self.path}".encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def said(*command: str, wrong: bool = False) -> str:
    """What a command says; ``wrong``: it need not succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode and not wrong:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait, and tell how long."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > SECONDS:
            sys.exit(f"not within {SECONDS} s: {what}")
        time.sleep(0.05)
    print(f"{what} after {time.monotonic() - began:.1f} s")


def asked(address: str, port: int, path: str, host: str) -> tuple[int, str]:
    """Status and body of an answer; 0 if there is none."""
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def confined() -> None:
    """Nothing can be written but where a volume is, and there is no privilege to be had."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    assert os.getuid() != 0
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    for place in ("/", "/usr/bin", "/given", os.environ["XDG_CACHE_HOME"], "/etc"):
        try:
            Path(place, "written").touch()
        except OSError:
            continue
        sys.exit(f"{place} can be written to")
    print(f"uid {os.getuid()}, no capability, nothing to write to but /tmp and /run/portway")


def started(log: str, *command: str) -> subprocess.Popen[bytes]:
    """A program that goes on."""
    environment = {**os.environ, "KUBECONFIG": KUBECONFIG}
    with Path(log).open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment)


def applied(file: Path) -> None:
    """Manifests into the API, by kubectl."""
    lines = said(*KUBECTL, "apply", "-f", str(file), wrong=True).splitlines()
    for line in lines:
        print(f"    {line}")
        fine = line.endswith(("created", "configured", "unchanged", "serverside-applied"))
        known = any(f'no matches for kind "{each}"' in line for each in NOT_SERVED)
        told = "Warning" in line or "ensure CRDs are installed first" in line
        if not (fine or known or told):
            sys.exit(f"kubectl says: {line}")


KUBECTL = ("kubectl", f"--kubeconfig={KUBECONFIG}", "--cache-dir=/tmp/kubectl")


def got(*words: str) -> Any:
    """An object of the API; None if there is none."""
    text = said(*KUBECTL, "get", *words, "-o", "json", wrong=True)
    return json.loads(text) if text.startswith("{") else None


def proxied(template: Any) -> subprocess.Popen[bytes]:
    """What a kubelet does: a Pod of a template, its Secrets in files."""
    (container,) = template["containers"]
    volumes = {each["name"]: each for each in template["volumes"]}
    words = [*container["command"], *container["args"]]
    for mount in container["volumeMounts"]:
        if mount["mountPath"] == "/tmp":
            continue
        place = Path("/tmp/pod" + mount["mountPath"])
        place.mkdir(parents=True)
        secret = volumes[mount["name"]].get("secret")
        if secret is not None:
            held = got("secret", secret["secretName"])
            # Only one that need not be there may be missing.
            shown = {} if held is None and secret.get("optional") else held.get("data", {})
            for name, value in shown.items():
                (place / name).write_bytes(base64.b64decode(value))
        words = [each.replace(mount["mountPath"], str(place)) for each in words]
    # Its probes would meet those of the controller, which is in another Pod.
    words = [each.replace("$(POD_NAME)", "web-0").replace(":18001", ":18011") for each in words]
    print(*words)
    return started("/tmp/proxy.log", *words)


def main() -> None:
    """Everything, in the order of the README."""
    confined()
    print(said("portway", "version").strip())
    print(f"Envoy's schema, read when the image was made: {said('python', '-c', KEPT).strip()}")
    for command in ("controller", "run", "proxy", "picker"):
        assert "Usage: portway" in said("portway", command, "--help")
    server = HTTPServer(("127.0.0.7", 3000), App)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Path("/tmp/cluster").mkdir()
    cluster = started("/tmp/cluster.log", "python", "-c", API)
    until("an API in the place of a cluster", lambda: Path(KUBECONFIG).exists())
    applied(GIVEN / "install.yaml")
    arguments = json.loads((GIVEN / "arguments.json").read_text())
    print("portway", *arguments)
    began = time.monotonic()
    controller = started("/tmp/controller.log", "portway", *arguments)
    until("ready", lambda: asked("127.0.0.1", 18001, "/readyz", "x")[0] == 200)
    print(f"from the start of the process to ready: {time.monotonic() - began:.1f} s")
    applied(GIVEN / "app.yaml")
    applied(GIVEN / "hello.yaml")
    until("proxies are made", lambda: got("deployment", "web-portway") is not None)
    until("their certificate is made", lambda: got("secret", "web-portway-xds") is not None)
    proxy = proxied(got("deployment", "web-portway")["spec"]["template"]["spec"])
    until("the proxy is ready", lambda: asked("127.0.0.1", 18011, "/readyz", "x")[0] == 200)
    status = {"status": {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}}
    given = ("--subresource=status", "--type=merge", "-p", json.dumps(status))
    said(*KUBECTL, "patch", "service", "web-portway", *given)
    wait = ("wait", "--timeout=60s", "--for=condition=Programmed", "gateway/web")
    print(f"    {said(*KUBECTL, *wait).strip()}")
    for kind in ("gatewayclass", "gateway", "httproute"):
        print(said(*KUBECTL, "get", kind).strip())
    # The Service's port 80 is 10080 of its Pods.
    until("routed", lambda: asked(ADDRESS, 10080, "/cart", "app.example.com")[0] == 200)
    print(asked(ADDRESS, 10080, "/cart", "app.example.com"))
    print(asked(ADDRESS, 10080, "/cart", "other.example.com"))
    assert "portway_turns_total" in asked("127.0.0.1", 18001, "/metrics", "x")[1]
    show = ("portway", "status", "--name=controller", "--data=/run/portway/data")
    assert "web" in said(*show)
    for process in (proxy, controller):
        process.terminate()
        assert process.wait(SECONDS) == 0
    cluster.kill()
    print("ended, as it should")


main()
