"""The upstream conformance suites against `portway run`, with no cluster.

    python -m tests.conformance [--inference] [--run TEST] [--profiles NAME,...] [--minutes N]

Builds what is missing, makes the namespaces, runs and says what came out. Exits with 0 when nothing
failed, 1 when something did, 2 when it cannot run here; then it says in one sentence why.
"""

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.conformance import build, inside, outer, summary
from tests.conformance.options import WORK, Options, parse
from tests.conformance.progress import Progress

_CANNOT = 2


def main(arguments: Sequence[str]) -> int:
    """Run, and give the exit status."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    WORK.mkdir(exist_ok=True)
    try:
        built = build.build(WORK / "bin", options.chosen, options.suite)
        if options.inside is not None:
            return _inside(options, built, options.inside)
        with tempfile.TemporaryDirectory(prefix="portway-conformance-") as folder:
            again = (sys.executable, "-m", "tests.conformance", *arguments, "--inside", folder)
            return subprocess.call(outer.command(again))
    except (build.BuildError, inside.RunError, outer.NamespaceError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return _CANNOT
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
        return _CANNOT


def _inside(options: Options, built: build.Built, folder: Path) -> int:
    progress = asyncio.run(inside.run(options, built, folder))
    _tell(progress)
    report = inside.report_in(folder)
    if not report.exists():
        raise inside.RunError(f"the suite wrote no report: see {WORK / 'suite.log'}")
    options.kept_report.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(report, options.kept_report)
    text = report.read_text()
    if not options.run:
        print(f"\n{summary.table(text)}\n\nreport: {options.kept_report}")
    return int(progress.status != 0 or summary.failed(text))


def _tell(progress: Progress) -> None:
    print(f"\n{len(progress.passed)} passed, {len(progress.failed)} failed; logs in {WORK}")
    if progress.failed:
        print(f"failed: {', '.join(progress.failed)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
