"""Other reverse proxies as Debian has them, each with the least configuration that does the job.

Knows their configuration files. Must not know Envoy or Portway. One worker, connections to the
origin kept, no log: what a sane operator would write, and nothing tuned beyond it.
"""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench import machine
from bench.arms import Arm, answering
from bench.loads import Target
from tests.wire.harness import ports, processes

NAMES = ("nginx", "haproxy", "caddy")
HINT = "apt-get install nginx haproxy caddy wrk"


def installed() -> list[str]:
    """Those that this machine has."""
    return [name for name in NAMES if shutil.which(name) is not None]


@asynccontextmanager
async def proxy(scratch: Path, name: str, host: str, upstream: Target) -> AsyncIterator[Arm]:
    """One of `NAMES`, forwarding one host to one endpoint. Raises ArmError."""
    where = scratch / name
    where.mkdir()
    target = replace(upstream, address="127.0.0.1", port=ports.free_port(), host=host)
    process = await processes.start(_command(name, where, target, upstream), where / "log")
    try:
        await answering(target, where / "log")
        workers = machine.children(process.pid)
        yield Arm(name, target, (process.pid, *workers))
    finally:
        await processes.end(process, seconds=3)


def _command(name: str, where: Path, target: Target, upstream: Target) -> Sequence[str]:
    file = where / "config"
    text = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}[name](where, target, upstream)
    file.write_text(text, encoding="utf-8")
    if name == "nginx":
        return ("nginx", "-c", str(file), "-p", str(where), "-e", str(where / "errors"))
    if name == "haproxy":
        return ("haproxy", "-db", "-f", str(file))
    # Its home is where it keeps certificates and its last configuration.
    home = (f"XDG_DATA_HOME={where}", f"XDG_CONFIG_HOME={where}", "GOMAXPROCS=1")
    return ("env", *home, "caddy", "run", "--config", str(file), "--adapter", "caddyfile")


def nginx(where: Path, target: Target, upstream: Target) -> str:
    """nginx.conf."""
    temporary = "".join(
        f"  {part}_temp_path {where}/{part};\n"
        for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
daemon off;
worker_processes 1;
pid {where}/pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
{temporary}\
  keepalive_requests 100000000;
  upstream origin {{
    server {upstream.address}:{upstream.port};
    keepalive 512;
    keepalive_requests 100000000;
  }}
  server {{
    listen {target.endpoint};
    server_name {target.host};
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


def haproxy(_: Path, target: Target, upstream: Target) -> str:
    """haproxy.cfg."""
    return f"""\
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend front
  bind {target.endpoint}
  use_backend origin if {{ hdr(host) -i {target.host} }}
backend origin
  server origin {upstream.address}:{upstream.port}
"""


def caddy(_: Path, target: Target, upstream: Target) -> str:
    """Caddyfile."""
    return f"""\
{{
  admin off
  auto_https off
  log {{
    level ERROR
  }}
}}
http://{target.host}:{target.port} {{
  bind {target.address}
  reverse_proxy {upstream.address}:{upstream.port} {{
    transport http {{
      keepalive_idle_conns_per_host 512
    }}
  }}
}}
"""
