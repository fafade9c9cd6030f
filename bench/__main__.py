"""`python -m bench [--short] [--only NAME]`: runs the measurements and writes the results.

Knows the arguments and the order of things. Must not measure. A benchmark that fails is said to
have failed, and the others go on; whatever ends the run, an error, an interrupt or SIGTERM, ends
the processes it started.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from bench import (
    api,
    churned,
    cluster,
    data_path,
    footprint,
    lossless,
    matching,
    probe,
    report,
    restart,
)
from bench.context import Context
from bench.loads import choose
from bench.machine import describe
from bench.outcome import Outcome
from bench.plan import FULL, SHORT, Plan

BENCHMARKS: dict[str, Callable[[Context], Awaitable[Outcome]]] = {
    "probe": probe.measure,
    "churned": churned.measure,
    "lossless": lossless.measure,
    "footprint": footprint.measure,
    "restart": restart.measure,
    "matching": matching.measure,
    "data_path": data_path.measure,
    "api": api.measure,
    "cluster": cluster.measure,
}
_RESULTS = Path(__file__).parent / "results"


def main(words: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 when something could not be measured, 130 when interrupted.

    Whether a target is met has no part in it.
    """
    asked = arguments(words)
    plan = SHORT if asked.short else FULL
    names = asked.only or list(BENCHMARKS)
    # A run of a part must not take the place of a whole one unless somebody says where to.
    out = asked.out or (None if asked.only else _RESULTS)
    # An installed program has its modules compiled; one that may not keep them compiles all at
    # each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="portway-bench-") as scratch:
        folders = {name: Path(scratch) / name for name in names}
        for each in folders.values():
            each.mkdir()
        try:
            return asyncio.run(_run(plan, folders, out))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("interrupted: nothing was written", file=sys.stderr)
            return 130


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and smaller scenarios")
    parser.add_argument(
        "--only", action="append", choices=list(BENCHMARKS), help="this one; may be repeated"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for results; with --only nothing is written without it",
    )
    return parser.parse_args(words)


async def _run(plan: Plan, folders: Mapping[str, Path], out: Path | None) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    load = choose()
    if load.hint:
        print(load.hint, file=sys.stderr)
    result = report.Result(machine=describe(), load=load.name, plan=plan.name)
    failed = False
    for name, scratch in folders.items():
        outcome = await _one(Context(name, plan, load, scratch))
        failed |= not outcome.criteria
        result.outcomes.append(outcome)
    print(report.markdown(result))
    if out is not None:
        print(f"written: {report.write(result, out)} and {out / report.LATEST}")
    return int(failed)


async def _one(context: Context) -> Outcome:
    name, started = context.name, perf_counter()
    print(name, file=sys.stderr, flush=True)
    try:
        outcome = await BENCHMARKS[name](context)
    except Exception as error:
        traceback.print_exception(error)
        outcome = Outcome(name, name, "", warnings=[f"could not be measured: {_first(error)}"])
    outcome.seconds = perf_counter() - started
    print(f"  {name}: {outcome.seconds:.0f} s", file=sys.stderr, flush=True)
    return outcome


def _first(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
