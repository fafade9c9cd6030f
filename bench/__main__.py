"""`python -m bench [--short]`: runs the measurements and writes the results.

Knows the arguments and the order of things. Must not measure. Whatever ends the run, an error, an
interrupt or SIGTERM, ends the processes it started.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from bench import control_plane, data_path, report
from bench.arms import ArmError
from bench.loads import LoadError, choose
from bench.machine import describe
from bench.plan import FULL, SHORT, Plan
from tests.wire.harness.portway import PortwayError

FAILURES = (ArmError, LoadError, PortwayError, control_plane.ProbeError, data_path.BenchError)


def main() -> int:
    """Returns the exit code: 0, 1 when something could not be measured, 130 when interrupted."""
    asked = _arguments()
    plan = SHORT if asked.short else FULL
    with tempfile.TemporaryDirectory(prefix="portway-bench-") as scratch:
        try:
            return asyncio.run(_run(plan, asked.only, Path(scratch), asked.out))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("interrupted: nothing was written", file=sys.stderr)
            return 130
        except FAILURES as error:
            print(error, file=sys.stderr)
            return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and smaller scenarios")
    parser.add_argument("--only", choices=["floor", "data", "control"], help="one part of it")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results", help="results' folder"
    )
    return parser.parse_args()


async def _run(plan: Plan, only: str | None, scratch: Path, out: Path) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    load = choose()
    result = report.Result(
        machine=describe(), load=load.name, plan="short" if plan is SHORT else "full"
    )
    if load.hint:
        print(load.hint, file=sys.stderr)
    if only in (None, "data", "floor"):
        result.data_path = await data_path.measure(plan, load, scratch, portway=only != "floor")
    if only in (None, "control"):
        result.control_plane = await control_plane.measure(plan, scratch)
    where = report.write(result, out)
    print(report.markdown(result))
    print(f"written: {where} and {out / report.LATEST}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
