"""`python -m bench.inference [--full]`: measures routing for models and writes the results.

Knows the arguments and sizes. Must not measure. See docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.inference import cost, idle, length, routing
from bench.machine import describe
from bench.outcome import Outcome
from bench.report import Result, markdown, plain

_RESULTS = Path(__file__).parent.parent / "results"


def main(words: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 130 when interrupted. Targets have no part in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.inference")
    parser.add_argument("--full", action="store_true", help="more requests and rounds")
    parser.add_argument("--only", choices=list(_PARTS), action="append", help="may be repeated")
    parser.add_argument(
        "--out", type=Path, help="folder for results; with --only nothing is written without it"
    )
    asked = parser.parse_args(words)
    # A run of a part must not take the place of a whole one unless somebody says where to.
    out = asked.out or (None if asked.only else _RESULTS)
    with tempfile.TemporaryDirectory(prefix="portway-bench-") as scratch:
        try:
            outcomes = asyncio.run(_run(asked.only or list(_PARTS), asked.full, Path(scratch)))
        except KeyboardInterrupt:
            print("interrupted: nothing was written", file=sys.stderr)
            return 130
    plan = "full" if asked.full else "short"
    result = Result(describe(), "wrk, or for routing a client in Python", plan, outcomes)
    page = markdown(result)
    print(page)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "inference.md").write_text(page, encoding="utf-8")
        text = json.dumps(plain(result), indent=1)
        (out / "inference.json").write_text(text + "\n", encoding="utf-8")
    return 0


async def _run(parts: Sequence[str], full: bool, scratch: Path) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for part in parts:
        folder = scratch / part
        folder.mkdir()
        outcomes += await _PARTS[part](full, folder)
    return outcomes


async def _routing(full: bool, scratch: Path) -> list[Outcome]:
    return await routing.measure(routing.FULL if full else routing.SHORT, scratch, _say)


async def _cost(full: bool, scratch: Path) -> list[Outcome]:
    return [await cost.measure(cost.FULL if full else cost.SHORT, scratch, _say)]


async def _idle(full: bool, scratch: Path) -> list[Outcome]:
    return [await idle.measure(60.0 if full else 15.0, scratch, _say)]


async def _length(full: bool, scratch: Path) -> list[Outcome]:
    return [await length.measure(length.FULL if full else length.SHORT, scratch, _say)]


_PARTS = {"routing": _routing, "cost": _cost, "length": _length, "idle": _idle}


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
