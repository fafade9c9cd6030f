"""The API alone, for real clients: ``python -m tests.clients.serve FOLDER [HOST:PORT]``.

Prints the path of the kubeconfig once it listens, and runs until it is stopped.
"""

import asyncio
import signal
import sys
from pathlib import Path

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore


async def main(folder: Path, address: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    store = ObjectStore(folder / "api.db")
    store.start()
    server = ApiServer(store, folder, address=address)
    serving = asyncio.ensure_future(server.run())
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, serving.cancel)
    await server.listening.wait()
    print(server.kubeconfig, flush=True)
    try:
        await serving
    except asyncio.CancelledError:
        store.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:0"))
