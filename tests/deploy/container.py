"""`make container`: what the image holds, tried as a cluster runs it, without a container engine.

Knows the steps of deploy/Containerfile: its tree is made by the script that the Containerfile runs,
put into an archive that keeps whole seconds only, as an image's layers do, and unpacked again. It
is then run as the Deployment says, with the Containerfile's environment and user, in namespaces of
its own: a root that nobody can write to, no capability, no way to get one, and nothing writable but
the Deployment's volumes. What is done in there is `inside.py`'s.

Needs root, for the namespaces, and the system's Python 3.11 with venv.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.deploy import charts

CONTAINERFILE: Final = charts.ROOT / "deploy" / "Containerfile"
_PYTHON: Final = os.environ.get("PYTHON", "/usr/bin/python3")
_LIMIT: Final = 900.0
# Run as root of the new namespaces, with $1: the new root, $2: the tree, $3: what is shown to the
# program as /given, $4: its user; the rest is the program.
_JAIL: Final = """\
set -eu
root=$1 tree=$2 given=$3 user=$4
shift 4
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
for each in usr etc/ssl etc/ld.so.cache dev/null dev/urandom "${tree#/}"; do
    mkdir -p "$root/$(dirname "$each")"
    if [ -d "/$each" ]; then mkdir -p "$root/$each"; else touch "$root/$each"; fi
    mount --rbind "/$each" "$root/$each"
done
for each in bin sbin lib lib64; do ln -s "usr/$each" "$root/$each"; done
printf '127.0.0.1 localhost portway-xds.portway-system.svc\\n' > "$root/etc/hosts"
mkdir -p "$root/given" "$root/proc" "$root/tmp" "$root/run/portway"
mount --bind "$given" "$root/given"
mount -t proc proc "$root/proc"
mount -o remount,ro "$root"
mount -o remount,bind,ro "$root/given"
mount -o remount,bind,ro "$root/usr"
mount -o remount,bind,ro "$root$tree"
mount -t tmpfs -o mode=0777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=0777 tmpfs "$root/run/portway"
/usr/sbin/ip link set lo up
exec /usr/sbin/chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups \\
    --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def environment() -> dict[str, str]:
    """The Containerfile's ENV."""
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    lines = re.findall(r"^ENV (.*)$", text, re.M)
    return dict(each.split("=", 1) for line in lines for each in line.split())


def user() -> str:
    """The Containerfile's USER, a number."""
    found = re.findall(r"^USER (\d+):\1$", CONTAINERFILE.read_text(), re.M)
    assert len(found) == 1
    return str(found[0])


def tree(folder: Path) -> None:
    """Make what the image holds, and let it go through a layer."""
    script = charts.ROOT / "deploy" / "tree.sh"
    env = {**os.environ, "PYTHON": _PYTHON}
    subprocess.run([script, folder], cwd=charts.ROOT, env=env, check=True, timeout=_LIMIT)
    layer = folder.with_suffix(".tar")
    subprocess.run(["tar", "--format=ustar", "-C", folder, "-cf", layer, "."], check=True)
    shutil.rmtree(folder)
    folder.mkdir()
    subprocess.run(["tar", "-C", folder, "-xf", layer], check=True)
    layer.unlink()


def main() -> int:
    """Returns the exit status."""
    if os.getuid() != 0:
        print("Nothing was tried: only root can make the namespaces.", file=sys.stderr)
        return 2
    # Not below /tmp, which is another one inside.
    folder = Path(tempfile.mkdtemp(prefix="portway-image-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        tree(folder / "portway")
        given = folder / "given"
        shutil.copytree(charts.ROOT / "tests" / "deploy" / "given", given)
        for file in (charts.INSTALL, charts.INSTALL.with_name("hello.yaml")):
            shutil.copy(file, given)
        (deployment,) = charts.of_kind(charts.documents(charts.INSTALL.read_text()), "Deployment")
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        (given / "arguments.json").write_text(json.dumps(container["args"]))
        return jailed(folder, given)
    finally:
        shutil.rmtree(folder)


def jailed(folder: Path, given: Path) -> int:
    """Run `inside.py` as the container's user; its exit status."""
    root = folder / "root"
    root.mkdir()
    env = environment()
    env["PATH"] = env["PATH"].replace("/opt/portway", str(folder / "portway"))
    env["XDG_CACHE_HOME"] = env["XDG_CACHE_HOME"].replace("/opt/portway", str(folder / "portway"))
    apart = ["unshare", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork"]
    command = [*apart, "sh", "-c", _JAIL, "sh", root, folder / "portway", given, user()]
    done = subprocess.run(
        [*map(str, command), "/usr/bin/python3", "/given/inside.py"],
        env=env,
        check=False,
        timeout=_LIMIT,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
