"""`python -m portway.app.sample.engine`: simulated model servers on ports of this machine.

Knows its arguments and signals. Must not know HTTP.
"""

import argparse
import asyncio
import signal
import sys
from dataclasses import fields

from portway.app.sample.backends import BackendError
from portway.app.sample.engine.engines import Engines, Serving
from portway.app.sample.engine.profile import Profile

_HELP = {
    "prefill_tokens_per_second": "prompt tokens a second that are not in the cache",
    "prefill_seconds": "what every prefill takes besides",
    "token_seconds": "between two tokens of an answer, unloaded",
    "load_factor": "how much longer that is with every slot taken",
    "slots": "requests on the engine at once (max_num_seqs)",
    "block_tokens": "tokens of a cache block",
    "cache_blocks": "blocks of the cache",
    "adapters": "LoRA adapters in use at once (max_loras)",
    "longest": "tokens of a prompt and its answer (max_model_len)",
}


def main(arguments: list[str] | None = None) -> int:
    """Serves until interrupted. Returns the exit code: 0, or 1 when nothing can be served."""
    asked = _parser().parse_args(arguments)
    names = [
        (f"{asked.name}-{number}", asked.port + number if asked.port else 0)
        for number in range(asked.count)
    ]
    try:
        profile = Profile(**{each.name: getattr(asked, each.name) for each in fields(Profile)})
        serving = Serving(asked.model, tuple(asked.lora), profile, asked.speed, asked.events)
        asyncio.run(_serve(serving, names, asked.address))
    except (BackendError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portway.app.sample.engine",
        description="Serve simulated model servers (vLLM's queue, cache and metrics, no model).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8000, help="of the first; 0 takes free ones")
    parser.add_argument("--count", type=int, default=1, help="engines, on ports one after another")
    parser.add_argument("--address", default="127.0.0.1", help="to listen on")
    parser.add_argument("--name", default="engine", help="of the pods: NAME-0, NAME-1, …")
    parser.add_argument("--model", default="sample", help="the model's name")
    parser.add_argument("--lora", action="append", default=[], help="an adapter; may be repeated")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds a second")
    parser.add_argument("--events", type=int, default=8, help="most events of a streamed answer")
    default = Profile()
    for name, text in _HELP.items():
        value = getattr(default, name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=type(value), default=value, help=text)
    return parser


async def _serve(serving: Serving, names: list[tuple[str, int]], address: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Engines(serving, names, address) as engines:
        for (name, _), endpoint in zip(names, engines.endpoints, strict=True):
            print(f"{name} on {endpoint}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
