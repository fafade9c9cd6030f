"""Runs a command in a network of its own, with ways in and out: see `apart`, which starts this.

    python -m tests.wire.harness.inside FOLDER PORT... -- COMMAND...

What is asked of a PORT inside goes out by the socket FOLDER/PORT. Who connects to FOLDER/in says
in a line where to, as `HOST PORT`, and is put through. Ends with the command, with its exit status.
"""

import asyncio
import fcntl
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.wire.harness import relay

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


def bring_up_loopback() -> None:
    """A new network has a loopback device, and that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


async def _in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host, port = (await reader.readline()).decode().split()
    try:
        found = await asyncio.open_connection(host, int(port))
    except OSError:
        writer.close()
        return
    await relay.join((reader, writer), found)


async def _serve(folder: Path, port: int) -> None:
    async def out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            found = await asyncio.open_unix_connection(folder / str(port))
        except OSError:
            writer.close()
            return
        await relay.join((reader, writer), found)

    await asyncio.start_server(out, "127.0.0.1", port)


async def _run(folder: Path, ports: Sequence[int], command: Sequence[str]) -> int:
    bring_up_loopback()
    await asyncio.start_unix_server(_in, folder / "in")
    for each in ports:
        await _serve(folder, each)
    process = await asyncio.create_subprocess_exec(*command)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, process.terminate)
    return await process.wait()


def main(arguments: Sequence[str]) -> int:
    """Run the command, and give its exit status."""
    at = arguments.index("--")
    folder, *ports = arguments[:at]
    with suppress(ProcessLookupError):
        return asyncio.run(_run(Path(folder), [int(each) for each in ports], arguments[at + 1 :]))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
