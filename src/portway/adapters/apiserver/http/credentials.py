"""The API's own certificate authority, its certificates, and the kubeconfig that uses them.

Knows the kubeconfig format and when new ones are needed. Must not know sockets. Everything lives in
one folder that only the owner can read; it is made at the first start and again before it runs out.
"""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from portway.adapters import whole_file

_LIFETIME: Final = timedelta(days=365)
_RENEW_BEFORE: Final = timedelta(days=30)
# What was made and until when it is good, so that a start need not read certificates.
_PATIENCE_SECONDS: Final = 60.0
_NOTE: Final = "made.json"


class Credentials(NamedTuple):
    """Paths of PEM files: a server's pair, a client's pair, and who signed both."""

    authority: Path
    certificate: Path
    key: Path
    client_certificate: Path
    client_key: Path


def credentials(folder: Path, host: str, now: datetime | None = None) -> Credentials:
    """The credentials in a folder, made if they are missing, run out soon or name another host."""
    moment = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ("ca.crt", "server.crt", "server.key", "client.crt", "client.key")
    found = Credentials(*(folder / name for name in names))
    if not _usable(found, folder / _NOTE, host, moment):
        made = _made_apart(host, moment)
        (folder / _NOTE).unlink(missing_ok=True)
        for path, text in zip(found, made, strict=True):
            whole_file.write(text, path)
        renew = (moment + _LIFETIME - _RENEW_BEFORE).isoformat()
        whole_file.write(json.dumps({"host": host, "renew": renew}).encode(), folder / _NOTE)
    return found


def _made_apart(host: str, now: datetime) -> list[bytes]:
    """In a process of its own, since the library that makes them would stay in memory: 11 MB for
    the whole life of an instance that needs it for a moment."""
    words = (host, now.isoformat(), str(_LIFETIME.days))
    module = "portway.adapters.apiserver.http.authority"
    done = subprocess.run(
        (sys.executable, "-m", module, *words), capture_output=True, timeout=_PATIENCE_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"the API's certificates were not made: {done.stderr.decode()}")
    return [b64decode(each) for each in done.stdout.split()]


def write_kubeconfig(
    path: Path, address: str, found: Credentials, *, token: str | None = None
) -> None:
    """A kubeconfig for ``https://HOST:PORT`` that only the owner can read. JSON is YAML."""
    user: dict[str, Any] = {
        "client-certificate-data": _data(found.client_certificate),
        "client-key-data": _data(found.client_key),
    }
    if token is not None:
        user["token"] = token
    cluster = {"server": address, "certificate-authority-data": _data(found.authority)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "portway", "cluster": cluster}],
        "users": [{"name": "portway", "user": user}],
        "contexts": [{"name": "portway", "context": {"cluster": "portway", "user": "portway"}}],
        "current-context": "portway",
    }
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    # It is written anew at every start, so nobody need wait for the disk.
    whole_file.write(text + b"\n", path, durable=False)


def _usable(found: Credentials, note: Path, host: str, now: datetime) -> bool:
    """The note is written last: where it is, the rest is whole."""
    try:
        said = json.loads(note.read_text())
        good = said["host"] == host and now < datetime.fromisoformat(said["renew"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return good and all(path.exists() for path in found)


def _data(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
