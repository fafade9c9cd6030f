"""The upstream conformance suite against `portway run`, with no cluster.

    python -m tests.conformance [--run TEST] [--profiles GATEWAY-HTTP,...] [--minutes N]

Builds what is missing, makes the namespaces, runs and says what came out. Exits with 0 when nothing
failed, 1 when something did, 2 when it cannot run here; then it says in one sentence why.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence

from tests.conformance import build, inside, outer, summary
from tests.conformance.options import WORK, Options, parse

_CANNOT = 2


def main(arguments: Sequence[str]) -> int:
    """Run, and give the exit status."""
    options = parse(arguments)
    WORK.mkdir(exist_ok=True)
    try:
        built = build.build(WORK / "bin")
        if options.inside:
            return _inside(options, built)
        command = outer.command([sys.executable, "-m", "tests.conformance", "--inside", *arguments])
    except (build.BuildError, outer.NamespaceError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return _CANNOT
    return subprocess.call(command)


def _inside(options: Options, built: build.Built) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options.report.unlink(missing_ok=True)
    try:
        progress = asyncio.run(inside.run(options, built))
    except inside.RunError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return _CANNOT
    print(f"\n{len(progress.passed)} passed, {len(progress.failed)} failed; logs in {WORK}")
    if progress.failed:
        print(f"failed: {', '.join(progress.failed)}")
    if not options.report.exists():
        print(f"the suite wrote no report: see {WORK / 'suite.log'}", file=sys.stderr)
        return _CANNOT
    text = options.report.read_text()
    if not options.run:
        print(f"\n{summary.table(text)}\n\nreport: {options.report}")
    return int(progress.status != 0 or summary.failed(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
